"""The block with norms by F.layer_norm on parameters of its own, and attention in einsum."""

import torch
from torch import nn
from torch.nn import functional as F

from .feedforward import FeedForward
from .multi_head import MultiHeadAttention


class _Scale(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
        self.bias = nn.Parameter(torch.zeros(d))


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1, bias=True):
        super().__init__()
        self.H, self.D, self.p = n_heads, d_model, dropout
        self.self_attn = MultiHeadAttention(d_model, n_heads, dropout, bias)
        self.feed_forward = FeedForward(d_model, d_ff, dropout, bias)
        self.norm1, self.norm2 = _Scale(d_model), _Scale(d_model)

    def norm(self, x, scale):
        return F.layer_norm(x, (self.D,), scale.weight, scale.bias)

    def attend(self, x, mask):
        a = self.self_attn
        q, k, v = (m(x).unflatten(-1, (self.H, -1)) for m in (a.W_q, a.W_k, a.W_v))
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / (self.D // self.H) ** 0.5
        if mask is not None:
            if mask.dtype == torch.bool:
                mask = torch.where(mask, 0.0, float("-inf"))
            elif not mask.is_floating_point():
                raise TypeError("a mask is boolean or floating point")
            if mask.ndim == 3:
                mask = mask[:, None]
            try:
                mask = mask.expand(scores.shape)
            except RuntimeError:
                raise ValueError("the mask does not fit") from None
            scores = scores + mask.to(scores)
        seen = (scores > float("-inf")).any(-1, keepdim=True)
        weights = torch.where(seen, scores, torch.zeros_like(scores)).softmax(-1) * seen
        kept = F.dropout(weights, self.p, self.training)
        mixed = torch.einsum("bhqk,bkhd->bqhd", kept.to(v.dtype), v)
        return a.W_o(mixed.flatten(-2)), weights

    def forward(self, x, mask=None, return_attention=False):
        if x.dim() != 3 or x.shape[-1] != self.D:
            raise ValueError(f"x should be [B, T, {self.D}]")
        y, weights = self.attend(self.norm(x, self.norm1), mask)
        x = x + F.dropout(y, self.p, self.training)
        x = x + self.feed_forward(self.norm(x, self.norm2))
        return x, weights if return_attention else None
