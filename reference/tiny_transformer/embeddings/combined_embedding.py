"""Token and position together: what goes into the first block.

Letters in the shape comments: B batch, T sequence, D = d_model.

Source: Vaswani et al., 2017, sections 3.4, 3.5 and, for the dropout, 5.4,
https://arxiv.org/abs/1706.03762
"""

from __future__ import annotations

from torch import Tensor, nn

from .positional_encoding import LearnedPositionalEmbedding, SinusoidalPositionalEncoding
from .token_embedding import TokenEmbedding


class TransformerEmbedding(nn.Module):
    """Scaled token embedding plus position, then dropout, once, on the sum.

    Children: ``token_embedding`` (TokenEmbedding) and ``positional_encoding``, which is a
    SinusoidalPositionalEncoding or a LearnedPositionalEmbedding.
    """

    def __init__(
        self,
        vocab_size: int,
        d_model: int,
        max_len: int = 1024,
        positional: str = "sinusoidal",
        dropout: float = 0.1,
        padding_idx: int | None = None,
    ) -> None:
        """
        Args:
            vocab_size, d_model, padding_idx: as in TokenEmbedding.
            max_len: number of positions.
            positional: "sinusoidal" or "learned".
            dropout: chance to drop each entry of the sum in training, from 0 to 1.

        Raises:
            ValueError: ``positional`` is another word, or as the two children do.
        """
        super().__init__()
        ### BEGIN SOLUTION
        if positional not in ("sinusoidal", "learned"):
            raise ValueError(f"positional is {positional!r}, expected 'sinusoidal' or 'learned'")
        self.token_embedding = TokenEmbedding(vocab_size, d_model, padding_idx)
        self.positional_encoding: nn.Module
        if positional == "sinusoidal":
            self.positional_encoding = SinusoidalPositionalEncoding(d_model, max_len, dropout)
        else:
            self.positional_encoding = LearnedPositionalEmbedding(max_len, d_model, dropout)
        ### END SOLUTION

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens int[B, T] -> [B, T, D]. Errors as the two children raise them."""
        ### BEGIN SOLUTION
        embedded = self.token_embedding(tokens)  # (B, T, D)
        output: Tensor = self.positional_encoding(embedded)  # (B, T, D)
        return output
        ### END SOLUTION
