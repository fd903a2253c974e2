"""Matrix products on the weights, GELU by the error function, dropout by a mask of one's own."""

import math

import torch
from torch import nn


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1, bias=True):
        super().__init__()
        if min(d_model, d_ff) < 1 or dropout < 0 or dropout > 1:
            raise ValueError(f"cannot build a layer of {d_model}, {d_ff}, {dropout}")
        self.fc1 = nn.Linear(d_model, d_ff, bias=bias)
        self.fc2 = nn.Linear(d_ff, d_model, bias=bias)
        self.rate = dropout
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        d = self.fc1.weight.shape[1]
        if x.shape[-1] != d:
            raise ValueError(f"{x.shape[-1]} columns where {d} are expected")
        tokens = x.reshape(-1, d)
        z = torch.mm(tokens, self.fc1.weight.t())
        if self.fc1.bias is not None:
            z = z + self.fc1.bias
        z = 0.5 * z * (1 + torch.erf(z * math.sqrt(0.5)))
        z = torch.mm(z, self.fc2.weight.t())
        if self.fc2.bias is not None:
            z = z + self.fc2.bias
        z = z.view(x.shape)
        if self.training and self.rate > 0:
            if self.rate == 1:
                return z * 0
            z = z * (torch.rand_like(z) >= self.rate) / (1 - self.rate)
        return z
