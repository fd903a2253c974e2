"""Inputs for checks of ``training/dataset.py``: texts, tokens, and the windows cut out of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .inputs import Array, Draw

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def text_of(draw: Draw, characters: str, length: int) -> str:
    """A random text in which each of these characters stands at least once."""
    more = [characters[i] for i in draw.integers(0, len(characters), length - len(characters))]
    return "".join(draw.shuffled([*characters, *more]))


def distinct(draw: Draw, length: int) -> Array:
    """Tokens that all differ, in a random order."""
    return np.array(draw.shuffled(range(length)))


def cut(tokens: Sequence[int] | Array, seq_len: int, stride: int | None = None) -> Array:
    """All windows of T + 1 tokens that are there in full, int64[n, T + 1]."""
    starts = range(0, len(tokens) - seq_len, stride or seq_len)
    return np.array([tokens[s : s + seq_len + 1] for s in starts], dtype=np.int64)
