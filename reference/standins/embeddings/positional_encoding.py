"""Stand-ins for 04.8 and 04.11: waves by torch's complex numbers, rows by its embedding."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SinusoidalPositionalEncoding(nn.Module):
    """As in the course's API."""

    pe: Tensor

    def __init__(self, d_model: int, max_len: int = 5000, dropout: float = 0.0) -> None:
        super().__init__()
        if d_model < 1 or max_len < 1 or d_model % 2:
            raise ValueError(f"d_model is {d_model}, max_len {max_len}, expected even, from 1 on")
        pair = torch.arange(d_model // 2, dtype=torch.float64)  # (D / 2,)
        angle = torch.outer(torch.arange(max_len).double(), 1e4 ** (-2 * pair / d_model))
        wave = torch.view_as_real(torch.polar(torch.ones_like(angle), angle))  # (M, D / 2, 2)
        self.register_buffer("pe", wave.flip(-1).flatten(-2).to(torch.get_default_dtype()))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [B, T, D]."""
        _check_fits(x, self.pe)
        summed: Tensor = self.dropout(x + self.pe[: x.size(1)].to(x.dtype))  # (B, T, D)
        return summed


class LearnedPositionalEmbedding(nn.Module):
    """As in the course's API."""

    def __init__(self, max_len: int, d_model: int, dropout: float = 0.0) -> None:
        super().__init__()
        if max_len < 1 or d_model < 1:
            raise ValueError(f"max_len is {max_len}, d_model {d_model}, expected from 1 on")
        self.position_embeddings = nn.Embedding(max_len, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [B, T, D]."""
        table = self.position_embeddings.weight
        _check_fits(x, table)
        positions = torch.arange(x.size(1), device=x.device).expand(x.shape[:2])  # (B, T)
        summed: Tensor = self.dropout(x + F.embedding(positions, table))  # (B, T, D)
        return summed


def _check_fits(x: Tensor, table: Tensor) -> None:
    if x.size(1) > table.size(0) or x.size(2) != table.size(1):
        raise ValueError(f"x is {[*x.shape]}, expected at most {[*table.shape]} in its last axes")
