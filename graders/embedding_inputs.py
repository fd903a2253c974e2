"""Inputs for checks of embeddings, of sizes that all differ, so that a swapped axis fails."""

from __future__ import annotations

from .inputs import Array, Draw

B, T, D, V, MAX_LEN = 2, 5, 6, 11, 9
TOKENS = "token_embedding.embedding.weight"
POSITIONS = "positional_encoding.position_embeddings.weight"


def ids(draw: Draw, *shape: int, vocab_size: int = V) -> Array:
    """Token ids, int64."""
    return draw.integers(0, vocab_size, *shape)


def table(draw: Draw, rows: int, width: int, padding_idx: int | None = None) -> Array:
    """A table of rows, float64, in which the row of padding is zero."""
    drawn = draw.floats(rows, width)
    drawn[[] if padding_idx is None else [padding_idx]] = 0.0
    return drawn


def nonzero(draw: Draw, *shape: int) -> Array:
    """Numbers from 2 to 6: none is zero, nor becomes it when a sine is added to it."""
    return draw.floats(*shape) + 4.0


def loud(draw: Draw, *shape: int) -> Array:
    """float64 numbers of a hundred thousand, which a float32 step would round by 1e-3.

    A billionth of them, the tolerance of float64, is 6e-5 at least: so a table of waves in float32
    is right beside them, and a float32 step is not.
    """
    return nonzero(draw, *shape) * 32768.0
