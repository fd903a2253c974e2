"""A wrong tensor as three heat maps: expected and got on one scale, their difference around zero."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from graders.picture import Picture, Rows

# anchors of colour scales that differ in lightness too, for people who cannot tell all hues apart
VALUES = "00204d 00336f 39486b 575c6d 707173 8a8779 a69d75 c4b56c e4cf5b ffea46"  # cividis
AROUND_ZERO = "2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b"  # RdBu, reversed
AROUND_ZERO_DARK = "a5c8ff 5f9bdc 2f6499 1f3a56 22252b 5a2a24 9c4130 dd6f55 ffb3a0"
LEVELS = 21  # of a colour scale; odd, so that one of them is zero
NOT_A_NUMBER, INFINITE, MINUS_INFINITE = "×", "∞", "-∞"


@dataclass(frozen=True)
class HeatMap:
    """One matrix, as paths in an SVG whose unit is a cell."""

    title: str
    scale: str  # "v" or "d": the colour of a level is the class "v0", "v1", …
    low: str
    high: str
    numbers: tuple[tuple[str, ...], ...]
    paths: dict[str, str]  # class -> path
    marks: tuple[
        tuple[int, int, str], ...
    ]  # column, row, and what stands there instead of a colour

    @property
    def height(self) -> int:
        return len(self.numbers)

    @property
    def width(self) -> int:
        return len(self.numbers[0]) if self.numbers else 0

    @property
    def in_words(self) -> str:
        """What stands for the map where it cannot be seen."""
        kinds = {NOT_A_NUMBER: "NaN", INFINITE: "infinite", MINUS_INFINITE: "minus infinite"}
        found = [mark for _, _, mark in self.marks]
        odd = [f", {found.count(mark)} {kind}" for mark, kind in kinds.items() if mark in found]
        size = f"{self.height} × {self.width} entries"
        return f"Heat map of {self.title}: {size} from {self.low} to {self.high}{''.join(odd)}"


def heat_maps(picture: Picture) -> list[HeatMap]:
    """Expected, got and difference."""
    finite = [x for rows in (picture.expected, picture.got) for x in _finite(rows)] or [0.0]
    low, high = min(finite), max(finite)
    difference = _difference(picture)
    most = max(map(abs, _finite(difference)), default=0.0)
    return [
        _heat_map("expected", picture.expected, "v", low, high),
        _heat_map("got", picture.got, "v", low, high),
        _heat_map("difference", difference, "d", -most, most),
    ]


def place(picture: Picture) -> str:
    """Which part of the tensor is shown, as an index: ``[0, 2, 0:5, 8:24]``."""
    sizes = (len(picture.expected), len(picture.expected[0]) if picture.expected else 0)
    ranges = [f"{start}:{start + size}" for start, size in zip(picture.corner, sizes, strict=True)]
    return f"[{', '.join([*map(str, picture.index), *ranges[-len(picture.shape) :]])}]"


def colours(anchors: str) -> list[str]:
    """The colour of each level, from the anchors of a scale."""
    known = [tuple(bytes.fromhex(anchor)) for anchor in anchors.split()]
    made = []
    for level in range(LEVELS):
        at = level / (LEVELS - 1) * (len(known) - 1)
        before = min(int(at), len(known) - 2)
        mixed = (
            round(a + (b - a) * (at - before))
            for a, b in zip(known[before], known[before + 1], strict=True)
        )
        made.append(f"#{bytes(mixed).hex()}")
    return made


def _finite(rows: Rows) -> Iterator[float]:
    return (number for row in rows for number in row if math.isfinite(number))


def _difference(picture: Picture) -> Rows:
    """The difference, with zero where both are NaN or infinite in the same way."""

    def told(want: float, have: float, gap: float) -> float:
        return 0.0 if want == have or (math.isnan(want) and math.isnan(have)) else gap

    rows = zip(picture.expected, picture.got, picture.difference, strict=True)
    return tuple(tuple(map(told, *row)) for row in rows)


def _heat_map(title: str, rows: Rows, scale: str, low: float, high: float) -> HeatMap:
    level = _leveller(low, high)
    paths: dict[str, str] = defaultdict(str)
    marks = []
    for y, row in enumerate(rows):
        for x, number in enumerate(row):
            cell = f"M{x} {y}h1v1h-1z"
            if math.isfinite(number):
                paths[f"{scale}{level(number)}"] += cell
            else:
                paths["odd"] += cell
                marks.append((x, y, _mark(number)))
    numbers = tuple(tuple(map(_written, row)) for row in rows)
    return HeatMap(title, scale, _written(low), _written(high), numbers, dict(paths), (*marks,))


def _leveller(low: float, high: float) -> Callable[[float], int]:
    """From a number to its level; halves, since the span of the largest numbers would overflow."""
    span = high / 2 - low / 2

    def level(number: float) -> int:
        share = (number / 2 - low / 2) / span if span else 0.5
        return round(share * (LEVELS - 1))

    return level


def _mark(number: float) -> str:
    if math.isnan(number):
        return NOT_A_NUMBER
    return INFINITE if number > 0 else MINUS_INFINITE


def _written(number: float) -> str:
    return f"{number + 0.0:.4g}"  # never -0


def ticks(start: int, size: int) -> list[tuple[int, int]]:
    """Where to write which index along an axis: at each of a few entries, else at each fourth."""
    step = 1 if size <= 8 else 4
    return [(n, start + n) for n in range(size) if (start + n) % step == 0]
