"""The block with a layer norm by hand, and each half as a method."""

import torch
from torch import nn

from .feedforward import FeedForward
from .multi_head import MultiHeadAttention


class LayerNorm(nn.Module):
    def __init__(self, d, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))

    def forward(self, x):
        mean = x.mean(-1, keepdim=True)
        var = x.var(-1, unbiased=False, keepdim=True)
        return self.weight * ((x - mean) * torch.rsqrt(var + self.eps)) + self.bias


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1, bias=True):
        super().__init__()
        self.register_buffer("causal", torch.ones(1, 1).tril(), persistent=False)
        self.norm1 = LayerNorm(d_model)
        self.self_attn = MultiHeadAttention(d_model, n_heads, dropout, bias)
        self.norm2 = LayerNorm(d_model)
        self.feed_forward = FeedForward(d_model, d_ff, dropout, bias)
        self.attn_drop = nn.Dropout(p=dropout)
        self._weights = None

    def first_half(self, x, mask):
        y = self.norm1(x)
        y, self._weights = self.self_attn(y, y.clone(), y + 0, mask=mask)
        return self.attn_drop(y)

    def second_half(self, x):
        return self.feed_forward(self.norm2(x))

    def forward(self, x, mask=None, return_attention=False):
        if x.dim() != 3 or x.size(2) != self.norm1.weight.numel():
            raise ValueError("the shape of x is wrong")
        out = x.clone()
        out = out + self.first_half(x, mask)
        out = out + self.second_half(out)
        weights, self._weights = self._weights, None
        return (out, weights) if return_attention else (out, None)
