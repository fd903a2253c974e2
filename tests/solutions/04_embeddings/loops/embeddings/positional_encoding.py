"""Position by position, column by column."""

import math

import torch
from torch import nn


class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        if d_model < 1 or max_len < 1:
            raise ValueError("d_model and max_len must be at least 1")
        rows = []
        for position in range(max_len):
            row = []
            for column in range(d_model):
                angle = position / 10000 ** (2 * (column // 2) / d_model)
                row.append(math.cos(angle) if column % 2 else math.sin(angle))
            rows.append(row)
        self.register_buffer("pe", torch.tensor(rows))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        if x.shape[1] > self.pe.shape[0]:
            raise ValueError("longer than max_len")
        if x.shape[2] != self.pe.shape[1]:
            raise ValueError("not of width d_model")
        pe = self.pe.to(x.dtype)
        moved = [x[:, position] + pe[position] for position in range(x.shape[1])]
        return self.dropout(torch.stack(moved, dim=1))


class LearnedPositionalEmbedding(nn.Module):
    def __init__(self, max_len, d_model, dropout=0.0):
        super().__init__()
        if d_model < 1 or max_len < 1:
            raise ValueError("d_model and max_len must be at least 1")
        self.max_len, self.d_model = max_len, d_model
        self.position_embeddings = nn.Embedding(max_len, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        if x.shape[1] > self.max_len or x.shape[2] != self.d_model:
            raise ValueError("does not fit")
        out = []
        for sequence in x:
            numbers = torch.tensor(range(len(sequence)))
            out.append(sequence + self.position_embeddings(numbers))
        return self.dropout(torch.stack(out))
