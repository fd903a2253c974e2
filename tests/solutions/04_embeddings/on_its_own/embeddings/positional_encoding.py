"""Waves as complex numbers, in float64 until they are stored; one base class for both layers."""

import torch
from torch import nn


class _Positions(nn.Module):
    def __init__(self, max_len, d_model, dropout):
        super().__init__()
        if max_len < 1 or d_model < 1:
            raise ValueError(f"max_len {max_len}, d_model {d_model}")
        self.size = (max_len, d_model)
        self.dropout = nn.Dropout(dropout)

    def rows(self):
        raise NotImplementedError

    def forward(self, x):
        max_len, d_model = self.size
        if x.size(1) > max_len or x.size(2) != d_model:
            raise ValueError(f"x is {tuple(x.shape)}, expected (B, <= {max_len}, {d_model})")
        y = x.clone()
        y += self.rows()[: x.size(1)].to(x.dtype)
        return self.dropout(y)


class SinusoidalPositionalEncoding(_Positions):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__(max_len, d_model, dropout)
        speed = torch.pow(10000.0, -torch.arange(0, d_model, 2, dtype=torch.double) / d_model)
        wave = torch.exp(1j * torch.outer(torch.arange(max_len).double(), speed))
        pe = torch.stack([wave.imag, wave.real], -1).view(max_len, d_model)
        self.register_buffer("pe", pe)  # stays float64

    def rows(self):
        return self.pe


class LearnedPositionalEmbedding(_Positions):
    def __init__(self, max_len, d_model, dropout=0.0):
        super().__init__(max_len, d_model, dropout)
        self.position_embeddings = nn.Embedding(max_len, d_model)

    def rows(self):
        return self.position_embeddings(torch.arange(self.size[0]))
