"""The parts in a Sequential that runs beside their names."""

from torch import nn

from .positional_encoding import LearnedPositionalEmbedding, SinusoidalPositionalEncoding
from .token_embedding import TokenEmbedding

KINDS = {
    "sinusoidal": lambda d, m, p: SinusoidalPositionalEncoding(d, m, dropout=p),
    "learned": lambda d, m, p: LearnedPositionalEmbedding(m, d, dropout=p),
}


class TransformerEmbedding(nn.Sequential):
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
        try:
            make = KINDS[positional]
        except KeyError:
            raise ValueError(f"positional must be one of {list(KINDS)}") from None
        self.add_module("token_embedding", TokenEmbedding(vocab_size, d_model, padding_idx))
        self.add_module("positional_encoding", make(d_model, max_len, dropout))
