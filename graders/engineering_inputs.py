"""What the checks of module 08 share: texts and JSON that come back as code points, and files."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from .calls import Result
from .compare import Mismatch, require
from .inputs import Array, Draw

NAMES = ("loss", "width", "queries", "heads", "rate", "table", "inner", "scores", "tokens", "bias")


def written(got: Result, name: str) -> str:
    """The text that a scenario handed back as code points."""
    return "".join(chr(int(point)) for point in got[name].ravel())


def assert_says(got: Result, *words: object) -> None:
    """An error's message holds each of these words."""
    said = written(got, "message")
    require(said, "no ValueError was raised, or one without a message", got)
    for word in words:
        require(str(word) in said, f"the message does not hold {word!r}: {said!r}", got)


def in_json(got: Result, text: str, what: str) -> Any:
    """The value of a text in JSON, in which NaN and infinities have no place."""

    def refused(constant: str) -> Any:
        raise ValueError(f"{constant} is no JSON")

    try:
        return json.loads(text, parse_constant=refused)
    except ValueError as error:
        raise Mismatch(f"{what} is not valid JSON ({error}): {text[:80]!r}", got) from None


def assert_json(got: Result, name: str, want: Any) -> None:
    """The text called ``name`` is this value in JSON; numbers count by their value."""
    found = in_json(got, written(got, name), f"`{name}`")
    require(found == want, f"`{name}`: expected {json.dumps(want)}, got {json.dumps(found)}", got)


def octets(draw: Draw, length: int) -> Array:
    """Bytes, uint8[length]."""
    return draw.integers(0, 256, length).astype(np.uint8)


def named(draw: Draw, count: int) -> list[str]:
    """Some different names."""
    return draw.shuffled(NAMES)[:count]
