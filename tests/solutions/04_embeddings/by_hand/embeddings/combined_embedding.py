"""All of it in one forward, with a dropout of its own on the sum."""

import torch
import torch.nn as nn

from .positional_encoding import LearnedPositionalEmbedding as Learned
from .positional_encoding import SinusoidalPositionalEncoding as Sinusoidal
from .token_embedding import TokenEmbedding


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
        if positional == "sinusoidal":
            positions = Sinusoidal(d_model=d_model, max_len=max_len)
        elif positional == "learned":
            positions = Learned(max_len=max_len, d_model=d_model)
        else:
            raise ValueError("positional must be sinusoidal or learned, not " + str(positional))
        self.token_embedding = TokenEmbedding(vocab_size, d_model, padding_idx=padding_idx)
        self.positional_encoding = positions
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens):
        vectors = self.token_embedding(tokens)
        where = self.positional_encoding(torch.zeros_like(vectors))
        return self.dropout(vectors + where)
