"""The transformer block: attention, then a feed-forward layer, each added to the residual stream.

Letters in the shape comments: B batch, T sequence, D = d_model, H heads.

Sources: Vaswani et al., 2017, https://arxiv.org/abs/1706.03762; the norms before the sublayers
(Pre-LN): Xiong et al., 2020, https://arxiv.org/abs/2002.04745
"""

from __future__ import annotations

from torch import Tensor, nn

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
        normed = self.norm1(x)  # (B, T, D)
        attended, weights = self.self_attn(normed, normed, normed, mask)  # (B, T, D), (B, H, T, T)
        x = x + self.dropout(attended)  # (B, T, D)
        x = x + self.feed_forward(self.norm2(x))  # (B, T, D)
        return x, weights if return_attention else None
        ### END SOLUTION
