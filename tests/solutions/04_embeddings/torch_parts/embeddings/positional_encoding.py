"""The formula of many tutorials: exp and log in float32, strided writes, extra buffers."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class SinusoidalPositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=5000, dropout=0.0):
        super().__init__()
        if d_model <= 0 or max_len <= 0:
            raise ValueError("sizes must be positive")
        if not 0 <= dropout <= 1:
            raise ValueError("dropout must be from 0 to 1")
        self.p = dropout
        pe = torch.zeros(max_len, d_model)
        position = torch.arange(0, max_len).unsqueeze(1).float()
        div_term = torch.exp(torch.arange(0, d_model, 2).float() * -(math.log(10000.0) / d_model))
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term[: d_model // 2])
        self.register_buffer("div_term", div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        if x.shape[1] > len(self.pe) or x.shape[-1] != self.pe.shape[-1]:
            raise ValueError(f"x of shape {list(x.shape)} does not fit {list(self.pe.shape)}")
        positions = self.pe.narrow(0, 0, x.shape[1]).unsqueeze(0).type_as(x)
        return F.dropout(x + positions.expand_as(x), self.p, self.training)


class LearnedPositionalEmbedding(nn.Module):
    def __init__(self, max_len, d_model, dropout=0.0):
        super().__init__()
        if max_len <= 0 or d_model <= 0:
            raise ValueError("sizes must be positive")
        self.position_embeddings = nn.Embedding(max_len, d_model)
        nn.init.normal_(self.position_embeddings.weight, std=0.02)
        self.register_buffer("position_ids", torch.arange(max_len).expand(1, -1))
        self.drop = nn.Dropout(p=dropout)

    def forward(self, x):
        length = x.size(1)
        if length > self.position_ids.size(1):
            raise ValueError("too many positions")
        if x.size(-1) != self.position_embeddings.embedding_dim:
            raise ValueError("wrong width")
        return self.drop(torch.add(x, self.position_embeddings(self.position_ids[:, :length])))
