"""The residual connection as a function of its own, and a subclass of nn.LayerNorm."""

import torch
from torch import nn

from . import feedforward, multi_head


class _Norm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.contiguous())


def residual(branch, x, drop=None):
    change = branch(x)
    return x + (change if drop is None else drop(change))


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1, bias=True):
        super().__init__()
        if not 0 <= dropout <= 1:
            raise ValueError("dropout")
        self.d_model = d_model
        self.add_module("self_attn", multi_head.MultiHeadAttention(d_model, n_heads, dropout, bias))
        self.add_module("feed_forward", feedforward.FeedForward(d_model, d_ff, dropout, bias))
        self.add_module("norm1", _Norm(d_model, eps=1e-5))
        self.add_module("norm2", _Norm(d_model, eps=1e-5))
        self.p = dropout

    def forward(self, x, mask=None, return_attention=False):
        if x.dim() != 3 or x.shape[-1] != self.d_model:
            raise ValueError(f"x must be [B, T, {self.d_model}], not {tuple(x.shape)}")
        seen = []

        def attend(stream):
            stream = self.norm1(stream)
            output, weights = self.self_attn(stream, stream, stream, mask)
            seen.append(weights)
            return output

        x = residual(attend, x, lambda y: torch.nn.functional.dropout(y, self.p, self.training))
        x = residual(lambda stream: self.feed_forward(self.norm2(stream)), x)
        return x, seen[0] if return_attention else None
