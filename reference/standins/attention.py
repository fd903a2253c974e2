"""Stand-in for module 01, built on torch's fused attention: for grading what builds on it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention as fused


def create_causal_mask(seq_len: int, device: torch.device | None = None) -> Tensor:
    """As the one of module 01, from torch's own mask for its transformer."""
    if seq_len < 1:
        raise ValueError(f"seq_len is {seq_len}, expected at least 1")
    return nn.Transformer.generate_square_subsequent_mask(seq_len, device=device)  # (T, T)


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    dropout: nn.Dropout | None = None,
) -> tuple[Tensor, Tensor]:
    """As the one of module 01, the weights being the mean of the unit vectors."""
    if query.size(-1) != key.size(-1) or key.size(-2) != value.size(-2):
        shapes = f"{[*query.shape]}, {[*key.shape]}, {[*value.shape]}"
        raise ValueError(f"query, key and value are {shapes}, which do not fit each other")
    if not query.shape[:-2] == key.shape[:-2] == value.shape[:-2]:
        raise ValueError("query, key and value differ in their leading dims")
    units = torch.eye(key.size(-2), dtype=query.dtype, device=query.device)  # (T_k, T_k)
    units = units.expand(*key.shape[:-1], -1)  # (..., T_k, T_k)
    if mask is None:
        weights = fused(query, key, units)  # (..., T_q, T_k)
    else:
        scores = (*query.shape[:-1], key.size(-2))
        added, alive = _additive(mask, scores, query.dtype)  # both broadcast to (..., T_q, T_k)
        weights = fused(query, key, units, attn_mask=added) * alive  # (..., T_q, T_k)
    dropped = weights if dropout is None else dropout(weights)  # (..., T_q, T_k)
    return dropped @ value, weights  # (..., T_q, d_v), (..., T_q, T_k)


def _additive(mask: Tensor, scores: tuple[int, ...], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """The mask as what is added, 0 in rows that see nothing, and which rows do see something."""
    if mask.dtype != torch.bool and not mask.is_floating_point():
        raise ValueError(f"mask has dtype {mask.dtype}, expected torch.bool or a float dtype")
    try:
        mask = mask.expand(scores)  # (..., T_q, T_k)
    except RuntimeError:
        raise ValueError(f"mask has shape {[*mask.shape]}, expected {[*scores]}") from None
    if mask.dtype == torch.bool:
        mask = torch.zeros_like(mask, dtype=dtype).masked_fill(~mask, -math.inf)  # (..., T_q, T_k)
    alive = (mask > -math.inf).any(dim=-1, keepdim=True)  # (..., T_q, 1)
    return mask.to(dtype).masked_fill(~alive, 0.0), alive


class Attention(nn.Module):
    """As the one of module 01."""

    def __init__(self, dropout: float = 0.1) -> None:
        """As the one of module 01."""
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """As the one of module 01."""
        return scaled_dot_product_attention(query, key, value, mask, self.dropout)
