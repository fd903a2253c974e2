"""The block as most people write it first."""

from torch import nn

from .feedforward import FeedForward
from .multi_head import MultiHeadAttention


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1, bias=True):
        super().__init__()
        self.d_model = d_model
        self.norm1 = nn.LayerNorm(d_model, bias=bias)
        self.norm2 = nn.LayerNorm(d_model, bias=bias)
        self.self_attn = MultiHeadAttention(d_model, n_heads, dropout, bias)
        self.feed_forward = FeedForward(d_model, d_ff, dropout, bias)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None, return_attention=False):
        if x.ndim != 3:
            raise ValueError(f"x must have three axes, it has {x.ndim}")
        if x.shape[2] != self.d_model:
            raise ValueError(f"x is {x.shape[2]} wide, d_model is {self.d_model}")
        residual = x
        x = self.norm1(x)
        x, weights = self.self_attn(x, x, x, mask)
        x = residual + self.dropout(x)
        residual = x
        x = self.norm2(x)
        x = self.feed_forward(x)
        x = residual + x
        if return_attention:
            return x, weights
        return x, None
