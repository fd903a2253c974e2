"""A cosine is a sine a quarter turn on; dropout by hand; learned positions as a slice."""

import math

import torch
from torch import nn


def drop(x, rate, training):
    if not training or rate == 0:
        return x
    if rate == 1:
        return torch.zeros_like(x)
    return x * (torch.rand_like(x) >= rate).to(x.dtype) / (1 - rate)


class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        if max_len < 1 or d_model < 1:
            raise ValueError("sizes")
        if dropout < 0 or dropout > 1:
            raise ValueError("dropout")
        self.rate = dropout
        column = torch.arange(d_model)
        speed = 10000.0 ** (-(column - column % 2).double() / d_model)
        phase = (column % 2).double() * (math.pi / 2)
        t = torch.arange(max_len).double().reshape(-1, 1)
        self.register_buffer("pe", torch.sin(t * speed + phase).float())

    def forward(self, x):
        b, t, d = x.shape
        if t > self.pe.shape[0] or d != self.pe.shape[1]:
            raise ValueError("x does not fit the table")
        return drop(x + self.pe[None, :t].to(x), self.rate, self.training)


class LearnedPositionalEmbedding(nn.Module):
    def __init__(self, max_len, d_model, dropout=0.0):
        super().__init__()
        if max_len < 1 or d_model < 1:
            raise ValueError("sizes")
        if dropout < 0 or dropout > 1:
            raise ValueError("dropout")
        self.rate = dropout
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def forward(self, x):
        table = self.position_embeddings.weight
        if x.shape[1] > table.shape[0] or x.shape[2] != table.shape[1]:
            raise ValueError("x does not fit the table")
        return drop(x + table[: x.shape[1]], self.rate, self.training)
