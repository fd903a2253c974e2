"""Multi-head attention with the heads folded into the batch, as in the first public versions."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads, dropout=0.1, bias=True):
        super().__init__()
        if n_heads < 1 or d_model < 1:
            raise ValueError(f"need at least one head and one feature: {n_heads}, {d_model}")
        self.d_k, rest = divmod(d_model, n_heads)
        if rest:
            raise ValueError(f"d_model must be a multiple of n_heads, got {d_model} and {n_heads}")
        if not 0 <= dropout <= 1:
            raise ValueError(f"dropout must lie in [0, 1], got {dropout}")
        self.n_heads, self.p = n_heads, dropout
        self.W_q, self.W_k, self.W_v, self.W_o = (
            nn.Linear(d_model, d_model, bias=bias) for _ in range(4)
        )

    def split_heads(self, x):
        x = x.reshape(x.size(0), x.size(1), self.n_heads, self.d_k)
        return x.permute(0, 2, 1, 3).contiguous()

    def combine_heads(self, x):
        x = x.permute(0, 2, 1, 3).contiguous()
        return x.view(x.size(0), x.size(1), self.n_heads * self.d_k)

    def forward(self, query, key, value, mask=None):
        width = self.n_heads * self.d_k
        if query.size(2) != width or key.size(2) != width or value.size(2) != width:
            raise ValueError(f"the inputs must be {width} wide")
        if key.size(1) != value.size(1):
            raise ValueError("there must be as many values as keys")
        batch, t_q, t_k = query.size(0), query.size(1), key.size(1)
        q, k, v = (
            self.split_heads(layer(x)).view(batch * self.n_heads, -1, self.d_k)
            for layer, x in ((self.W_q, query), (self.W_k, key), (self.W_v, value))
        )
        if mask is None:
            scores = torch.bmm(q, k.transpose(1, 2)) / math.sqrt(self.d_k)
            weights = F.softmax(scores, dim=2)
        else:
            mask = self.fold(mask, batch, t_q, t_k)
            if mask.dtype == torch.bool:
                mask = torch.zeros_like(mask, dtype=q.dtype).masked_fill(~mask, -math.inf)
            scores = torch.baddbmm(mask.to(q.dtype), q, k.transpose(1, 2), alpha=self.d_k**-0.5)
            dead = torch.isneginf(scores).all(dim=2, keepdim=True)
            weights = F.softmax(scores.masked_fill(dead, 0.0), dim=2) * (~dead)
        output = torch.bmm(F.dropout(weights, self.p, self.training), v)
        output = self.combine_heads(output.view(batch, self.n_heads, t_q, self.d_k))
        return self.W_o(output), weights.view(batch, self.n_heads, t_q, t_k)

    def fold(self, mask, batch, t_q, t_k):
        if mask.dtype != torch.bool and not torch.is_floating_point(mask):
            raise ValueError("the mask must be boolean (True: look) or additive")
        if mask.dim() == 2:
            mask = mask[None].repeat(batch * self.n_heads, 1, 1)
        elif mask.dim() == 3:
            mask = mask.repeat_interleave(self.n_heads, dim=0)
        elif mask.size(1) == 1:
            mask = mask[:, 0].repeat_interleave(self.n_heads, dim=0)
        else:
            mask = mask.flatten(0, 1)
        if mask.shape != (batch * self.n_heads, t_q, t_k):
            raise ValueError("the mask does not fit the scores")
        return mask
