"""Multi-head attention head by head and row by row, each attending in its own columns."""

import torch
from torch import nn

from .attention import Attention


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads, dropout=0.1, bias=True):
        if n_heads < 1 or d_model < 1 or (d_model // n_heads) * n_heads != d_model:
            raise ValueError(f"{n_heads} heads cannot share {d_model} features")
        super().__init__()
        self.W_o = nn.Linear(d_model, d_model, bias=bias)
        self.W_v = nn.Linear(d_model, d_model, bias=bias)
        self.W_k = nn.Linear(d_model, d_model, bias=bias)
        self.W_q = nn.Linear(d_model, d_model, bias=bias)
        self.n_heads = n_heads
        self.d_model = d_model
        self.head = Attention(dropout)

    def split_heads(self, x):
        return torch.stack(x.chunk(self.n_heads, dim=-1), dim=1)

    def combine_heads(self, x):
        return torch.cat(list(x.unbind(dim=1)), dim=-1)

    def forward(self, query, key, value, mask=None):
        if not (query.shape[-1] == key.shape[-1] == value.shape[-1] == self.d_model):
            raise ValueError(f"all inputs must have a width of {self.d_model}")
        batch = len(query)
        if mask is not None and mask.dim() > 2:
            if len(mask) not in (1, batch):
                raise ValueError(f"{len(mask)} masks for {batch} sequences")
            if mask.dim() == 4 and mask.shape[1] not in (1, self.n_heads):
                raise ValueError(f"masks for {mask.shape[1]} heads, not {self.n_heads}")
        outputs, maps = [], []
        for row in range(batch):
            qs = self.W_q(query[row]).chunk(self.n_heads, dim=-1)
            ks = self.W_k(key[row]).chunk(self.n_heads, dim=-1)
            vs = self.W_v(value[row]).chunk(self.n_heads, dim=-1)
            heads = [
                self.head(q, k, v, self.mask_of(mask, row, h))
                for h, (q, k, v) in enumerate(zip(qs, ks, vs))
            ]
            outputs.append(self.W_o(torch.cat([output for output, _ in heads], dim=-1)))
            maps.append(torch.stack([weights for _, weights in heads]))
        return torch.stack(outputs), torch.stack(maps)

    def mask_of(self, mask, row, head):
        if mask is None or mask.dim() == 2:
            return mask
        mask = mask[row if len(mask) > 1 else 0]
        if mask.dim() == 3:
            mask = mask[head if len(mask) > 1 else 0]
        return mask
