"""Scaled dot-product attention: every query takes a weighted mean of the values.

Letters in the shape comments: B batch (any number of leading dims, "..."), T_q and T_k number of
queries and keys, d_k width of queries and keys, d_v width of values.

Source: Vaswani et al., "Attention Is All You Need", 2017, section 3.2.1, https://arxiv.org/abs/1706.03762
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def create_causal_mask(seq_len: int, device: torch.device | None = None) -> Tensor:
    """Additive mask that lets position i attend to positions 0..i and to nothing after it.

    Args:
        seq_len: number of positions T, at least 1.
        device: where to make the mask; None is torch's default.

    Returns:
        float[T, T]: 0 where row i may attend to column j, -inf where it may not.

    Raises:
        ValueError: ``seq_len`` is below 1.

    Example:
        >>> create_causal_mask(3)
        tensor([[0., -inf, -inf],
                [0., 0., -inf],
                [0., 0., 0.]])
    """
    ### BEGIN SOLUTION
    if seq_len < 1:
        raise ValueError(f"seq_len is {seq_len}, expected at least 1")
    mask = torch.full((seq_len, seq_len), -math.inf, device=device)  # (T, T)
    return mask.triu(diagonal=1)  # (T, T): 0 on and below the diagonal
    ### END SOLUTION


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    dropout: nn.Dropout | None = None,
) -> tuple[Tensor, Tensor]:
    """softmax(Q K^T / sqrt(d_k) + mask) V, with the softmax over the keys (equation 1).

    Args:
        query: [..., T_q, d_k]
        key: [..., T_k, d_k], with the leading dims of ``query``
        value: [..., T_k, d_v]
        mask: broadcastable to [..., T_q, T_k]. Boolean (True: may attend) or additive float (0 keep,
            -inf drop; added after scaling, and of any float dtype). A query that may attend to
            nothing gets weights 0 and output 0, never NaN, also in the backward pass.
        dropout: applied to the weights before they meet the values; None is no dropout.

    Returns:
        output [..., T_q, d_v], and the weights [..., T_q, T_k] as they were before dropout.

    Raises:
        ValueError: query and key differ in d_k, key and value differ in T_k, the leading dims
            differ, or the mask is larger than the scores or does not broadcast to them.
        TypeError or ValueError: the mask is neither boolean nor floating point.
    """
    ### BEGIN SOLUTION
    d_k = query.size(-1)
    if key.size(-1) != d_k:
        raise ValueError(f"key has width {key.size(-1)}, expected {d_k}, the width of query")
    if value.size(-2) != key.size(-2):
        raise ValueError(f"value has {value.size(-2)} rows, expected {key.size(-2)}, one per key")
    if not query.shape[:-2] == key.shape[:-2] == value.shape[:-2]:
        shapes = f"{[*query.shape]}, {[*key.shape]}, {[*value.shape]}"
        raise ValueError(f"query, key and value are {shapes}, expected equal leading dims")
    scores = query @ key.transpose(-2, -1) / math.sqrt(d_k)  # (..., T_q, T_k)
    if mask is not None:
        scores = _mask_scores(scores, mask)  # (..., T_q, T_k)
    hidden = (scores == -math.inf).all(dim=-1, keepdim=True)  # (..., T_q, 1) sees no key at all
    weights = torch.softmax(scores.masked_fill(hidden, 0.0), dim=-1)  # (..., T_q, T_k)
    weights = weights.masked_fill(hidden, 0.0)  # (..., T_q, T_k)
    dropped = weights if dropout is None else dropout(weights)  # (..., T_q, T_k)
    return dropped @ value, weights  # (..., T_q, d_v), (..., T_q, T_k)
    ### END SOLUTION


### BEGIN SOLUTION
def _mask_scores(scores: Tensor, mask: Tensor) -> Tensor:
    if mask.dtype != torch.bool and not mask.is_floating_point():
        raise ValueError(
            f"mask has dtype {mask.dtype}, expected torch.bool (True: may attend) or a float mask "
            "of 0 and -inf. From a mask of 0 and 1: mask.bool()"
        )
    try:
        mask = mask.expand_as(scores)  # (..., T_q, T_k)
    except RuntimeError:
        raise ValueError(
            f"mask has shape {[*mask.shape]}, expected one that broadcasts to {[*scores.shape]}"
        ) from None
    if mask.dtype == torch.bool:
        return scores.masked_fill(~mask, -math.inf)  # (..., T_q, T_k)
    return scores + mask.to(scores.dtype)  # (..., T_q, T_k)


### END SOLUTION


class Attention(nn.Module):
    """``scaled_dot_product_attention`` as a layer that owns its dropout."""

    def __init__(self, dropout: float = 0.1) -> None:
        """
        Args:
            dropout: chance to drop each attention weight in training, from 0 to 1.

        Raises:
            ValueError: ``dropout`` is out of range.
        """
        super().__init__()
        ### BEGIN SOLUTION
        self.dropout = nn.Dropout(dropout)  # refuses a rate out of range itself
        ### END SOLUTION

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Arguments, returns and errors as in ``scaled_dot_product_attention``."""
        ### BEGIN SOLUTION
        return scaled_dot_product_attention(query, key, value, mask, self.dropout)
        ### END SOLUTION
