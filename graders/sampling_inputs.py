"""Inputs for checks of sampling: rows of logits whose probabilities stand in a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .calls import Implementation
from .inputs import Array, Draw
from .scenarios import sampling as scenarios

MANY = (0.28, 0.2, 0.14, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.015, 0.005)
REACHED = {  # p, and how many of MANY are needed to reach it
    1e-9: 1,
    0.1: 1,
    0.3: 2,
    0.55: 3,
    0.7: 4,
    0.75: 5,
    0.83: 6,
    0.9: 7,
    0.94: 8,
    0.97: 9,
    0.99: 10,
    0.999: 11,
}
FEW = (0.5, 0.3, 0.15, 0.05)


def logits_of(
    draw: Draw, chances: Sequence[float], rows: int, dtype: str = "float64"
) -> tuple[Array, Array]:
    """Rows of logits with these probabilities, each in an order and with an offset of its own.

    Returns:
        the logits [rows, V], and the place of each token in the row's order: 0 is the likeliest.
    """
    places = np.array([draw.shuffled(range(len(chances))) for _ in range(rows)])
    offsets = 1.0 + draw.integers(0, 3, rows, 1)
    return (np.log(np.array(chances))[places] - offsets).astype(dtype), places


def kept(logits: Array, keep: Array) -> Array:
    """``logits`` where ``keep`` holds, -inf elsewhere."""
    return np.where(keep, logits, -np.inf).astype(logits.dtype)


def chances_of(
    reference: Implementation,
    logits: Array,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Array:
    """The probabilities that are to be drawn from, by the reference's filters."""
    left = logits / temperature
    if top_k is not None:
        left = reference.run(scenarios.filter_top_k, logits=left, k=top_k)["filtered"]
    if top_p is not None:
        left = reference.run(scenarios.filter_top_p, logits=left, p=top_p)["filtered"]
    chances: Array = np.exp(left - left.max(axis=-1, keepdims=True))
    chances /= chances.sum(axis=-1, keepdims=True)
    return chances
