"""Each sequence of the batch alone, then all of them stacked."""

import torch
from torch import nn

from .feedforward import FeedForward
from .multi_head import MultiHeadAttention


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1, bias=True):
        super().__init__()
        self.width = d_model
        self.self_attn = MultiHeadAttention(d_model, n_heads, dropout=dropout, bias=bias)
        self.feed_forward = FeedForward(d_model, d_ff, dropout=dropout, bias=bias)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.drop1 = nn.Dropout(dropout)

    def one(self, x, mask):
        y = self.norm1(x)
        y, weights = self.self_attn(y, y, y, mask)
        x = torch.add(x, self.drop1(y))
        return torch.add(x, self.feed_forward(self.norm2(x))), weights

    def forward(self, x, mask=None, return_attention=False):
        if x.dim() != 3 or x.shape[2] != self.width:
            raise ValueError("x does not fit the block")
        outputs, maps = [], []
        for i in range(x.shape[0]):
            own = mask
            if mask is not None and mask.dim() > 2:
                own = mask[i : i + 1] if mask.shape[0] > 1 else mask
            output, weights = self.one(x[i : i + 1], own)
            outputs.append(output)
            maps.append(weights)
        return torch.cat(outputs), torch.cat(maps) if return_attention else None
