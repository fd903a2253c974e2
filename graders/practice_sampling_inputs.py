"""Inputs for the practice of sampling: small, with sizes that all differ, the same bytes everywhere."""

from __future__ import annotations

import numpy as np

from .inputs import Array, Draw

B, T, V = 3, 5, 11


def logits(draw: Draw, *shape: int, dtype: str = "float64") -> Array:
    """Scores, most of them far enough apart for some tokens to be much more probable than others."""
    return draw.floats(*shape, dtype=dtype) * 2


def some_filtered(draw: Draw, rows: int, size: int = V) -> Array:
    """Scores of which some, but not all in a row, are -inf."""
    found = logits(draw, rows, size)
    found[draw.booleans(rows, size, p=0.4)] = -np.inf
    found[np.arange(rows), draw.integers(0, size, rows)] = 1.0
    return found


def probabilities(draw: Draw, *shape: int) -> Array:
    """Rows that add up to 1, but for rounding; none is 0."""
    weights = draw.integers(1, 2**20, *shape)
    total: Array = weights.sum(axis=-1, keepdims=True)  # of integers: the same everywhere
    return np.divide(weights, total)


def exact_probabilities(draw: Draw, rows: int, size: int = V, dtype: str = "float64") -> Array:
    """Rows of whole 1024ths that add up to 1 in any order, without rounding; some may be 0."""
    cuts = np.sort(draw.integers(0, 1025, rows, size - 1), axis=-1)
    return (np.diff(cuts, axis=-1, prepend=0, append=1024) / 1024).astype(dtype)


def uniforms(draw: Draw, *shape: int, dtype: str = "float64") -> Array:
    """Above 0 and below 1, none of them a sum of ``exact_probabilities``."""
    return ((2 * draw.integers(0, 2**15, *shape) + 1) / 2**16).astype(dtype)
