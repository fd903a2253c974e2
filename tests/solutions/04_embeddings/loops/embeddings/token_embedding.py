"""Token by token."""

import math

import torch
from torch import nn


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model, padding_idx=None):
        super().__init__()
        for name, size in (("vocab_size", vocab_size), ("d_model", d_model)):
            if size < 1:
                raise ValueError(f"{name} must be at least 1, got {size}")
        if padding_idx is not None and padding_idx >= vocab_size:
            raise ValueError(f"padding_idx {padding_idx} is no token")
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.padding_idx = padding_idx
        if padding_idx is not None:
            self.embedding.weight.data[padding_idx] = 0.0

    def row(self, token):
        if token != int(token) or not 0 <= token < self.embedding.num_embeddings:
            raise ValueError(f"{token} is no token")
        row = self.embedding.weight[token]
        return row.detach() if token == self.padding_idx else row

    def forward(self, tokens):
        if tokens.dtype not in (torch.int64, torch.int32):
            raise TypeError("tokens must be whole numbers")
        scale = math.sqrt(self.embedding.embedding_dim)
        sequences = []
        for sequence in tokens.tolist():
            sequences.append(torch.stack([self.row(token) * scale for token in sequence]))
        return torch.stack(sequences)
