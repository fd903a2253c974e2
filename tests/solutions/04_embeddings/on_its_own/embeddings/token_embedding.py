"""Rows by index_select; the row of padding detached, so that it gets no gradient."""

import torch
from torch import nn


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model, padding_idx=None):
        super().__init__()
        if vocab_size < 1 or d_model < 1 or (padding_idx or 0) >= vocab_size:
            raise ValueError("bad sizes")
        self.embedding = nn.Embedding(vocab_size, d_model, padding_idx)

    def forward(self, tokens):
        if tokens.is_floating_point() or tokens.is_complex():
            raise ValueError("ids must be integers")
        table = self.embedding.weight
        padding = self.embedding.padding_idx
        flat = tokens.reshape(-1)
        if (flat < 0).any():
            raise IndexError("negative id")
        rows = table.index_select(0, flat)
        if padding is not None:
            rows = torch.where((flat == padding)[:, None], rows.detach(), rows)
        root = table.shape[1] ** 0.5
        return (rows * root).unflatten(0, tokens.shape)
