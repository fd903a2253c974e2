"""Inputs for scenarios, drawn from a seed: the same bytes on every platform and library version."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Item = TypeVar("Item")


class Draw:
    """A stream of random arrays, named by a seed and labels.

    The bits are SHAKE-256 of the name, so a seed that is kept secret cannot be found from the
    arrays, and no library's random stream can change them. Two draws with the same name give the
    same arrays in the same order.
    """

    def __init__(self, seed: str, *labels: str) -> None:
        self._name = "\0".join((seed, *labels)).encode()
        self._count = 0

    def _bits(self, count: int) -> NDArray[np.uint32]:
        self._count += 1
        name = self._name + b"\0" + str(self._count).encode()
        return np.frombuffer(hashlib.shake_256(name).digest(4 * count), dtype="<u4")

    def floats(self, *shape: int, dtype: str = "float64") -> Array:
        """Uniform in [-2, 2), on a grid of 2^-22, so exact in float32 too."""
        grid = (self._bits(math.prod(shape)) >> 8).astype(np.int64) - 2**23
        return (grid * 2.0**-22).reshape(shape).astype(dtype)

    def integers(self, low: int, high: int, *shape: int) -> Array:
        """Integers from ``low`` to ``high - 1``, int64."""
        span = self._bits(math.prod(shape)).astype(np.int64) % (high - low)
        return (low + span).reshape(shape)

    def booleans(self, *shape: int, p: float = 0.5) -> Array:
        """True with chance ``p``."""
        return (self._bits(math.prod(shape)) < p * 2**32).reshape(shape)

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The items in a random order."""
        order = np.argsort(self._bits(len(items)), kind="stable")
        return [items[i] for i in order]
