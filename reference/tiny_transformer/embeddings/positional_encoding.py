"""Where a token stands, as a vector: waves of many lengths, or a learned table.

Letters in the shape comments: B batch, T sequence, D = d_model.

Sources: Vaswani et al., 2017, section 3.5, https://arxiv.org/abs/1706.03762; learned positions:
Gehring et al., 2017, https://arxiv.org/abs/1705.03122
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SinusoidalPositionalEncoding(nn.Module):
    """x + pe[:T], then dropout. Column 2i of ``pe`` is sin(t / 10000^(2i/D)), column 2i+1 its cos.

    The table ``pe`` [max_len, D] is a buffer: it moves with the module and stands in its
    ``state_dict``, but is not trained. Its rows are the positions t = 0, 1, 2, …
    """

    pe: Tensor

    def __init__(self, d_model: int, max_len: int = 5000, dropout: float = 0.0) -> None:
        """
        Args:
            d_model: width D, even and at least 2.
            max_len: number of positions in the table, at least 1.
            dropout: chance to drop each entry of the sum in training, from 0 to 1.

        Raises:
            ValueError: a size is below 1, or ``dropout`` is out of range.
        """
        super().__init__()
        ### BEGIN SOLUTION
        if d_model < 1 or max_len < 1:
            raise ValueError(f"d_model is {d_model} and max_len is {max_len}, expected >= 1")
        if d_model % 2:
            raise ValueError(f"d_model is {d_model}, expected an even number: sin and cos in pairs")
        position = torch.arange(max_len, dtype=torch.float64)[:, None]  # (max_len, 1)
        pair = torch.arange(0, d_model, 2, dtype=torch.float64)  # (D / 2,) 0, 2, 4, …
        angle = position / 10000 ** (pair / d_model)  # (max_len, D / 2)
        table = torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)  # (max_len, D)
        self.register_buffer("pe", table.to(torch.get_default_dtype()))  # (max_len, D)
        self.dropout = nn.Dropout(dropout)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [B, T, D], in the dtype of ``x``. T is anything up to ``max_len``.

        Raises:
            ValueError: T is larger than ``max_len``, or the width of ``x`` is not D.
        """
        ### BEGIN SOLUTION
        max_len, d_model = self.pe.shape
        if x.size(1) > max_len:
            raise ValueError(f"x has {x.size(1)} positions, expected at most max_len, {max_len}")
        if x.size(2) != d_model:
            raise ValueError(f"x has width {x.size(2)}, expected d_model, {d_model}")
        return self.dropout(x + self.pe[: x.size(1)].to(x.dtype))  # (B, T, D)
        ### END SOLUTION


class LearnedPositionalEmbedding(nn.Module):
    """x + P[:T], then dropout. P is the ``nn.Embedding`` ``position_embeddings``."""

    def __init__(self, max_len: int, d_model: int, dropout: float = 0.0) -> None:
        """
        Args:
            max_len: number of positions, at least 1.
            d_model: width D, at least 1.
            dropout: chance to drop each entry of the sum in training, from 0 to 1.

        Raises:
            ValueError: a size is below 1, or ``dropout`` is out of range.
        """
        super().__init__()
        ### BEGIN SOLUTION
        if max_len < 1 or d_model < 1:
            raise ValueError(f"max_len is {max_len} and d_model is {d_model}, expected >= 1")
        self.position_embeddings = nn.Embedding(max_len, d_model)
        self.dropout = nn.Dropout(dropout)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [B, T, D]. T is anything up to ``max_len``.

        Raises:
            ValueError: T is larger than ``max_len``, or the width of ``x`` is not D.
        """
        ### BEGIN SOLUTION
        max_len, d_model = self.position_embeddings.weight.shape
        if x.size(1) > max_len:
            raise ValueError(f"x has {x.size(1)} positions, expected at most max_len, {max_len}")
        if x.size(2) != d_model:
            raise ValueError(f"x has width {x.size(2)}, expected d_model, {d_model}")
        positions = torch.arange(x.size(1), device=x.device)  # (T,)
        return self.dropout(x + self.position_embeddings(positions))  # (B, T, D)
        ### END SOLUTION
