"""Stand-in for 04.15."""

from __future__ import annotations

from torch import Tensor, nn

from .positional_encoding import LearnedPositionalEmbedding, SinusoidalPositionalEncoding
from .token_embedding import TokenEmbedding


class TransformerEmbedding(nn.Module):
    """As in the course's API."""

    def __init__(
        self,
        vocab_size: int,
        d_model: int,
        max_len: int = 1024,
        positional: str = "sinusoidal",
        dropout: float = 0.1,
        padding_idx: int | None = None,
    ) -> None:
        super().__init__()
        self.token_embedding = TokenEmbedding(vocab_size, d_model, padding_idx)
        self.positional_encoding: nn.Module
        if positional == "sinusoidal":
            self.positional_encoding = SinusoidalPositionalEncoding(d_model, max_len)
        elif positional == "learned":
            self.positional_encoding = LearnedPositionalEmbedding(max_len, d_model)
        else:
            raise ValueError(f"positional is {positional!r}, expected 'sinusoidal' or 'learned'")
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """[B, T] -> [B, T, D]."""
        summed: Tensor = self.dropout(self.positional_encoding(self.token_embedding(tokens)))
        return summed  # (B, T, D)
