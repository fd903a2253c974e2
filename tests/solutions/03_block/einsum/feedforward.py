"""The layer with parameters of its own, in einsum."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class _Affine(nn.Module):
    def __init__(self, d_in, d_out, bias):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(d_out, d_in) / math.sqrt(max(d_in, 1)))
        self.register_parameter("bias", nn.Parameter(torch.zeros(d_out)) if bias else None)

    def forward(self, x):
        y = torch.einsum("...i,oi->...o", x, self.weight)
        return y if self.bias is None else y + self.bias


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1, bias=True):
        super().__init__()
        if not (d_model > 0 and d_ff > 0):
            raise ValueError("both widths must be positive")
        if not 0.0 <= dropout <= 1.0:
            raise ValueError("a probability lies between 0 and 1")
        self.width, self.p = d_model, dropout
        self.fc1, self.fc2 = _Affine(d_model, d_ff, bias), _Affine(d_ff, d_model, bias)

    def forward(self, x):
        if x.size(-1) != self.width:
            raise ValueError(f"x is {x.size(-1)} wide, not {self.width}")
        normal = torch.distributions.Normal(0.0, 1.0, validate_args=False)
        wide = self.fc1(x)
        return F.dropout(self.fc2(wide * normal.cdf(wide)), self.p, self.training)
