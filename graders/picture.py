"""A wrong tensor as a picture: the part around the first wrong entry, expected beside got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .inputs import Array

SIDE = 16  # rows and columns that are shown at most
DIGITS = 4  # that are kept of each number

ROWS = ("expected", "got", "difference")
Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A part of a tensor, as a matrix; of one with more than two axes, of the matrix at ``index``."""

    name: str  # of the tensor
    shape: tuple[int, ...]  # of all of it
    index: tuple[int, ...]  # of the matrix: one number for each axis but the last two
    corner: tuple[int, int]  # row and column of the matrix where the part begins
    expected: Rows
    got: Rows
    difference: Rows  # got - expected, before any rounding

    def as_json(self) -> dict[str, Any]:
        """As JSON, which has no NaN and no infinity: those are strings."""
        written = asdict(self)
        for rows in ROWS:
            written[rows] = [[_plain(number) for number in row] for row in written[rows]]
        return written

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Picture:
        """Undo ``as_json``."""
        index, shape = (tuple(map(int, data[key])) for key in ("index", "shape"))
        row, column = data["corner"]
        rows = (tuple(tuple(map(float, numbers)) for numbers in data[key]) for key in ROWS)
        return cls(data["name"], shape, index, (row, column), *rows)


def picture(name: str, got: Array, expected: Array, first: Sequence[int]) -> Picture:
    """The part of two arrays of one shape, ``[…, rows, columns]``, that holds entry ``first``.

    An array of one axis is a matrix of one row.
    """
    shape = expected.shape
    *index, row, column = (0, 0, *first)[-max(len(first), 2) :]
    corner = []
    for place, size in zip((row, column), (1, 1, *shape)[-2:], strict=True):
        corner.append(max(0, min(place - SIDE // 2, size - SIDE)))

    def part(array: Array) -> Array:
        matrix = array.reshape((1, 1, *shape)[-max(len(shape), 2) :])[tuple(index)]
        rows, columns = (slice(start, start + SIDE) for start in corner)
        return np.asarray(matrix[rows, columns], np.float64)

    want, have = part(expected), part(got)
    with np.errstate(invalid="ignore", over="ignore"):
        parts = map(_rounded, (want, have, have - want))
    return Picture(name, shape, tuple(index), (corner[0], corner[1]), *parts)


def _rounded(matrix: Array) -> Rows:
    return tuple(tuple(map(_number, row)) for row in matrix)


def _number(number: float) -> float:
    rounded = float(f"{number:.{DIGITS}g}")
    return rounded if np.isfinite(rounded) else float(number)  # the largest would become infinite


def _plain(number: float) -> float | str:
    return number if np.isfinite(number) else str(number)
