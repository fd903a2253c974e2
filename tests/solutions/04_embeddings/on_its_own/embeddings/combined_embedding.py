"""match-like choice by a helper; dropout of the children is 0, one here."""

import torch
from torch import nn

from .positional_encoding import LearnedPositionalEmbedding, SinusoidalPositionalEncoding
from .token_embedding import TokenEmbedding


def positions_of(kind, d_model, max_len):
    if kind == "sinusoidal":
        return SinusoidalPositionalEncoding(d_model, max_len)
    if kind == "learned":
        return LearnedPositionalEmbedding(max_len, d_model)
    raise ValueError(f"no positions of kind {kind}")


class TransformerEmbedding(nn.Module):
    def __init__(
        self,
        vocab_size,
        d_model,
        max_len=1024,
        positional="sinusoidal",
        dropout=0.1,
        padding_idx=None,
    ):
        super().__init__()
        if not 0.0 <= dropout <= 1.0:
            raise ValueError("dropout")
        self.rate = dropout
        self.token_embedding = TokenEmbedding(vocab_size, d_model, padding_idx)
        self.positional_encoding = positions_of(positional, d_model, max_len)

    def forward(self, tokens):
        x = self.positional_encoding(self.token_embedding(tokens))
        return torch.nn.functional.dropout(x, p=self.rate, training=self.training)
