"""With keyword arguments, and an if in forward."""

from torch import nn

from .positional_encoding import LearnedPositionalEmbedding, SinusoidalPositionalEncoding
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
        if positional != "sinusoidal" and positional != "learned":
            raise ValueError("positional")
        self.token_embedding = TokenEmbedding(vocab_size, d_model, padding_idx)
        kinds = [SinusoidalPositionalEncoding, LearnedPositionalEmbedding]
        kind = kinds[positional == "learned"]
        self.positional_encoding = kind(d_model=d_model, max_len=max_len, dropout=dropout)

    def forward(self, tokens):
        x = self.token_embedding(tokens)
        x = self.positional_encoding(x)
        return x
