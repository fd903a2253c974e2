"""Stands in for ``transformer_block.py`` where later modules are graded.

It always takes the weights of the attention, and forgets them where nobody asked.
"""

from __future__ import annotations

from torch import Tensor, nn

from .feedforward import FeedForward
from .multi_head import MultiHeadAttention


class TransformerBlock(nn.Module):
    """A Pre-LN block."""

    def __init__(
        self, d_model: int, n_heads: int, d_ff: int, dropout: float = 0.1, bias: bool = True
    ) -> None:
        super().__init__()
        self.shape = [d_model]
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.self_attn = MultiHeadAttention(d_model, n_heads, dropout=dropout, bias=bias)
        self.feed_forward = FeedForward(d_model, d_ff, dropout=dropout, bias=bias)
        self.drop = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, return_attention: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """The new x [B, T, D], and the weights [B, H, T, T] or None."""
        if x.dim() != 3 or [*x.shape[2:]] != self.shape:
            raise ValueError(f"the input is {[*x.shape]}, but the block is {self.shape} wide")
        quiet = self.norm1(x)  # (B, T, D)
        change, shown = self.self_attn(query=quiet, key=quiet, value=quiet, mask=mask)
        middle = self.drop(change).add(x)  # (B, T, D)
        change = self.feed_forward(self.norm2(middle))  # (B, T, D)
        return middle + change, (shown if return_attention else None)
