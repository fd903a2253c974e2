"""Multi-head attention as the sum over heads of what each adds through its slice of every weight."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from .attention import scaled_dot_product_attention


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads, dropout=0.1, bias=True):
        super().__init__()
        if d_model < 1 or n_heads < 1:
            raise ValueError("sizes must be positive")
        if d_model / n_heads != d_model // n_heads:
            raise ValueError(f"{d_model} / {n_heads} is not whole")
        layers = {name: nn.Linear(d_model, d_model, bias=bias) for name in "qkvo"}
        for name, layer in layers.items():
            self.add_module(f"W_{name}", layer)
        self.dropout = nn.Dropout(p=dropout)
        self.d_k = d_model // n_heads
        self.n_heads = n_heads

    def split_heads(self, x):
        cut = [x[:, :, h * self.d_k : (h + 1) * self.d_k] for h in range(self.n_heads)]
        return torch.stack(cut, 1)

    def combine_heads(self, x):
        return x.transpose(2, 3).reshape(x.shape[0], -1, x.shape[2]).transpose(1, 2)

    def forward(self, query, key, value, mask=None):
        given = {"query": query, "key": key, "value": value}
        wrong = [n for n, x in given.items() if x.shape[-1] != self.d_k * self.n_heads]
        if wrong:
            raise ValueError(f"wrong width of {', '.join(wrong)}")
        if mask is not None:
            if mask.ndim == 3:
                mask = mask.unsqueeze(-3)
            elif mask.ndim == 2:
                mask = mask.view(1, 1, *mask.shape)
            full = (query.shape[0], self.n_heads, query.shape[1], key.shape[1])
            if any(size not in (1, want) for size, want in zip(mask.shape, full)):
                raise ValueError(f"mask: {tuple(mask.shape)}, expected {full}")
            mask = mask.expand(full)
        output = 0 if self.W_o.bias is None else self.W_o.bias
        maps = []
        for h in range(self.n_heads):
            rows = slice(h * self.d_k, h * self.d_k + self.d_k)
            q, k, v = (
                F.linear(x, w.weight[rows], None if w.bias is None else w.bias[rows])
                for x, w in ((query, self.W_q), (key, self.W_k), (value, self.W_v))
            )
            mixed, weights = scaled_dot_product_attention(
                q, k, v, None if mask is None else mask[:, h], self.dropout
            )
            output = output + F.linear(mixed, self.W_o.weight[:, rows])
            maps.append(weights)
        return output, torch.stack(maps, dim=1)
