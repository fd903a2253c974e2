"""Token embedding: a learned row of a table for each token of the vocabulary.

Letters in the shape comments: B batch, T sequence, D = d_model.

Source: Vaswani et al., 2017, section 3.4, https://arxiv.org/abs/1706.03762
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class TokenEmbedding(nn.Module):
    """The row of each token, times sqrt(D). The table [V, D] is the ``nn.Embedding`` ``embedding``."""

    def __init__(self, vocab_size: int, d_model: int, padding_idx: int | None = None) -> None:
        """
        Args:
            vocab_size: number of tokens V, at least 1.
            d_model: width D, at least 1.
            padding_idx: a token from 0 to V - 1, whose row is zero in a new module and gets no
                gradient; or None.

        Raises:
            ValueError: a size is below 1, or ``padding_idx`` is V or more.
        """
        super().__init__()
        ### BEGIN SOLUTION
        if vocab_size < 1 or d_model < 1:
            raise ValueError(f"vocab_size is {vocab_size} and d_model is {d_model}, expected >= 1")
        if padding_idx is not None and not 0 <= padding_idx < vocab_size:
            raise ValueError(f"padding_idx is {padding_idx}, expected 0 to {vocab_size - 1}")
        self.embedding = nn.Embedding(vocab_size, d_model, padding_idx)
        self.scale = math.sqrt(d_model)
        ### END SOLUTION

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens int[B, T] -> [B, T, D].

        Raises:
            TypeError or ValueError: the ids are not integers.
            ValueError or IndexError: an id is below 0 or not below the vocabulary's size.
        """
        ### BEGIN SOLUTION
        if tokens.dtype not in (torch.int32, torch.int64):
            raise TypeError(f"tokens has dtype {tokens.dtype}, expected ids: tokens.long()")
        size = self.embedding.num_embeddings
        if bool(((tokens < 0) | (tokens >= size)).any()):
            raise ValueError(f"tokens holds an id out of range, expected 0 to {size - 1}")
        return self.embedding(tokens) * self.scale  # (B, T, D)
        ### END SOLUTION
