"""Multi-head attention in einsum, with a hand-made softmax and weights kept as Linear layers."""

import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads, dropout=0.1, bias=True):
        super().__init__()
        if d_model <= 0 or n_heads <= 0:
            raise ValueError(f"d_model={d_model} and n_heads={n_heads} must be positive")
        if d_model % n_heads:
            raise ValueError(f"d_model={d_model} is not divisible by n_heads={n_heads}")
        for name in ("W_q", "W_k", "W_v", "W_o"):
            setattr(self, name, nn.Linear(d_model, d_model, bias))
        self.width, self.heads = d_model, n_heads
        self.register_buffer("scale", torch.tensor((d_model / n_heads) ** -0.5, dtype=torch.double))
        self.drop = nn.Dropout(dropout)

    def split_heads(self, x):
        b, t, _ = x.shape
        return torch.einsum("bthd->bhtd", x.reshape(b, t, self.heads, self.width // self.heads))

    def combine_heads(self, x):
        b, _, t, _ = x.shape
        return torch.einsum("bhtd->bthd", x).reshape(b, t, self.width)

    def forward(self, query, key, value, mask=None):
        for x in (query, key, value):
            if x.shape[-1] != self.width:
                raise ValueError(f"expected a width of {self.width}, got {x.shape[-1]}")
        if key.shape[1] != value.shape[1]:
            raise ValueError(f"{key.shape[1]} keys, but {value.shape[1]} values")
        q = self.split_heads(self.W_q(query))
        k = self.split_heads(self.W_k(key))
        v = self.split_heads(self.W_v(value))
        scores = torch.einsum("bhqd,bhkd->bhqk", q, k) * (self.width / self.heads) ** -0.5
        if mask is not None:
            scores = scores + self.amounts(mask, scores)
        top = scores.detach().amax(-1, keepdim=True)
        shares = torch.exp(scores - top.clamp_min(torch.finfo(scores.dtype).min))
        total = shares.sum(-1, keepdim=True)
        weights = shares / torch.where(total == 0, 1.0, total)
        mixed = torch.einsum("bhqk,bhkd->bqhd", self.drop(weights), v)
        return self.W_o(mixed.reshape(query.shape)), weights

    def amounts(self, mask, scores):
        """The mask as amounts to add, of the shape of the scores."""
        if mask.dtype == torch.bool:
            mask = torch.where(mask, 0.0, float("-inf"))
        if not mask.dtype.is_floating_point:
            raise TypeError(f"mask has dtype {mask.dtype}, use a boolean or float mask")
        shape = list(mask.shape)
        if len(shape) == 3:
            shape = [shape[0], 1, *shape[1:]]
        if len(shape) > 4 or any(
            m not in (1, s) for m, s in zip(reversed(shape), reversed(scores.shape))
        ):
            raise ValueError(f"mask {tuple(mask.shape)} does not fit scores {tuple(scores.shape)}")
        return mask.reshape(shape).to(scores.dtype)
