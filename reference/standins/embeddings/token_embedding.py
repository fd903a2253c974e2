"""Stand-in for 04.4, by torch's functional embedding."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TokenEmbedding(nn.Module):
    """As in the course's API."""

    def __init__(self, vocab_size: int, d_model: int, padding_idx: int | None = None) -> None:
        super().__init__()
        if vocab_size < 1 or d_model < 1 or not 0 <= (padding_idx or 0) < vocab_size:
            sizes = f"vocab_size is {vocab_size}, d_model {d_model}, padding_idx {padding_idx}"
            raise ValueError(f"{sizes}, expected sizes from 1 on and a padding_idx below them")
        self.embedding = nn.Embedding(vocab_size, d_model, padding_idx)

    def forward(self, tokens: Tensor) -> Tensor:
        """[B, T] -> [B, T, D]."""
        if tokens.dtype not in (torch.int32, torch.int64):
            raise ValueError(f"tokens has dtype {tokens.dtype}, expected ids")
        table, padding_idx = self.embedding.weight, self.embedding.padding_idx
        rows: Tensor = F.embedding(tokens, table, padding_idx)  # (B, T, D)
        return rows * float(table.size(1) ** 0.5)  # (B, T, D)
