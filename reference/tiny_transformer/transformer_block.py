"""The transformer block: attention, then a feed-forward layer, each added to the residual stream.

Letters in the shape comments: B batch, T sequence, D = d_model, H heads.

Sources: Vaswani et al., 2017, https://arxiv.org/abs/1706.03762; the norms before the sublayers
(Pre-LN): Xiong et al., 2020, https://arxiv.org/abs/2002.04745
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .feedforward import FeedForward
from .multi_head import MultiHeadAttention


class TransformerBlock(nn.Module):
    """x + dropout(attention(norm1(x))), then x + feed_forward(norm2(x)).

    Children: ``self_attn`` (MultiHeadAttention), ``feed_forward`` (FeedForward, which has its own
    dropout at its end), ``norm1`` and ``norm2`` (LayerNorm, eps 1e-5).
    """

    def __init__(
        self, d_model: int, n_heads: int, d_ff: int, dropout: float = 0.1, bias: bool = True
    ) -> None:
        """
        Args:
            d_model, n_heads, d_ff, bias: as in MultiHeadAttention and FeedForward.
            dropout: of the attention weights and of both branches.

        Raises:
            ValueError: as MultiHeadAttention and FeedForward do.
        """
        super().__init__()
        ### BEGIN SOLUTION
        self.d_model = d_model
        self.self_attn = MultiHeadAttention(d_model, n_heads, dropout, bias)
        self.feed_forward = FeedForward(d_model, d_ff, dropout, bias)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        ### END SOLUTION

    def forward(
        self, x: Tensor, mask: Tensor | None = None, return_attention: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """
        Args:
            x: [B, T, D]
            mask: as in MultiHeadAttention.
            return_attention: whether to give the attention weights back.

        Returns:
            the new x [B, T, D], and the weights [B, H, T, T], or None if nobody asked for them.

        Raises:
            ValueError: ``x`` is not [B, T, D], or the mask does not fit.
        """
        ### BEGIN SOLUTION
        if x.dim() != 3 or x.size(-1) != self.d_model:
            raise ValueError(f"x has shape {[*x.shape]}, expected [B, T, {self.d_model}]")
        attended, weights = self._attend(self.norm1(x), mask, return_attention)  # (B, T, D)
        x = x + self.dropout(attended)  # (B, T, D)
        x = x + self.feed_forward(self.norm2(x))  # (B, T, D)
        return x, weights  # (B, T, D), (B, H, T, T) or None
        ### END SOLUTION

    ### BEGIN SOLUTION
    def _attend(self, x: Tensor, mask: Tensor | None, asked: bool) -> tuple[Tensor, Tensor | None]:
        """``self_attn``; or, where nobody asked for weights, the same numbers by torch's fused form."""
        attn = self.self_attn
        if asked:
            return attn(x, x, x, mask)  # (B, T, D), (B, H, T, T)
        q, k, v = (attn.split_heads(w(x)) for w in (attn.W_q, attn.W_k, attn.W_v))  # (B, H, T, d_k)
        output = functional.scaled_dot_product_attention(
            q, k, v, _fitted(mask, q), self.dropout.p if self.training else 0.0
        )  # (B, H, T, d_k)
        return attn.W_o(attn.combine_heads(output)), None  # (B, T, D)

    ### END SOLUTION


### BEGIN SOLUTION
def _fitted(mask: Tensor | None, q: Tensor) -> Tensor | None:
    """The mask as torch's fused form takes it; ValueError where it does not fit."""
    if mask is None:
        return None
    if mask.dtype != torch.bool and not mask.is_floating_point():
        raise ValueError(
            f"mask has dtype {mask.dtype}, expected torch.bool or a float: mask.bool()"
        )
    scores = torch.Size([*q.shape[:3], q.size(2)])  # (B, H, T, T)
    fitted = mask.unsqueeze(1) if mask.dim() == 3 else mask  # (T, T) or (B, 1 or H, T, T)
    sizes = zip(reversed(fitted.shape), reversed(scores), strict=False)
    if fitted.dim() > 4 or any(size not in (1, wanted) for size, wanted in sizes):
        raise ValueError(f"mask has shape {[*mask.shape]}, expected one to fit {[*scores]}")
    return fitted if mask.dtype == torch.bool else fitted.to(q.dtype)  # (..., T, T)


### END SOLUTION
