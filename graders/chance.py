"""Judge what was drawn at random by its distribution, never by its draws."""

from __future__ import annotations

import numpy as np

from .calls import Result
from .compare import require
from .inputs import Array

RARE = 12  # fewer draws than this are expected of what the chi-square test takes together


def assert_drawn_from(chances: Array, drawn: Array, got: Result, law: str) -> None:
    """``drawn`` [n] are ids, drawn with these chances [V], which ``law`` puts in words.

    A chi-square test: right work fails it about once in 10^8 times (Laurent and Massart, 2000).
    """
    inside = (drawn >= 0) & (drawn < chances.size)
    require(inside.all(), f"an id is out of range: expected 0 to {chances.size - 1}", got)
    counts = np.bincount(drawn, minlength=chances.size).astype(float)
    never = [int(token) for token in np.flatnonzero((counts > 0) & (chances == 0))]
    require(not never, f"ids {never} were drawn, which have no chance by {law}", got)
    order = np.argsort(chances)
    counts, expected = counts[order], chances[order] * drawn.size
    rare = int((np.cumsum(expected) < RARE).sum()) + 1  # the least likely, up to a sum of RARE
    counts = np.append(counts[:rare].sum(), counts[rare:])
    expected = np.append(expected[:rare].sum(), expected[rare:])
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    degrees, exponent = expected.size - 1, 20.0
    require(
        chi_square < degrees + 2 * np.sqrt(degrees * exponent) + 2 * exponent,
        f"{drawn.size} draws do not follow {law}: chi-square is {chi_square:.0f}, expected about "
        f"{degrees}",
        got,
    )
