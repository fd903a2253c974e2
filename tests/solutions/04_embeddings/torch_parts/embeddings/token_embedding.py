"""Torch's functional embedding, which refuses ids out of range by itself."""

import torch.nn.functional as F
from torch import nn


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model, padding_idx=None):
        super().__init__()
        if min(vocab_size, d_model) < 1:
            raise ValueError("vocab_size and d_model must be positive")
        if padding_idx is not None and padding_idx >= vocab_size:
            raise ValueError("padding_idx must be below vocab_size")
        self.embedding = nn.Embedding(vocab_size, d_model, padding_idx=padding_idx)

    def forward(self, tokens):
        if tokens.is_floating_point():
            raise ValueError("tokens must be integers")
        table = self.embedding
        rows = F.embedding(tokens, table.weight, table.padding_idx)
        return rows.mul(table.embedding_dim**0.5)
