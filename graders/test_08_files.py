"""Checks of module 08, ``utils/checkpoint.py``: one file, and which of many to keep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, require
from .engineering_inputs import octets
from .inputs import Draw
from .scenarios import files as scenarios

# ---- 08.16 write_atomically

NOTHING = np.array([], dtype=np.uint8)
LONG = 20_000  # more than a buffer holds


def writing(draw: Draw, new: int, old: int | None, fails: bool = False) -> dict[str, Any]:
    before = None if old is None else octets(draw, old)
    return {"old": before, "new": octets(draw, new), "fails": fails, "as_text": False}


@check("08.16", points=2)
def test_file_whole(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The new content is there at the end, while it is written in a file beside it; no other file
    is left."""
    for inputs in (
        writing(draw, 300, 200),
        writing(draw, LONG, 500),
        writing(draw, 100, None),
        {**writing(draw, 100, LONG), "as_text": True},
    ):
        got = learner.run(scenarios.write_file, **inputs)
        want = {
            "content": inputs["new"],
            "content while writing": NOTHING if inputs["old"] is None else inputs["old"],
            "files": np.array(1),
            "files while writing": np.array([1 + (inputs["old"] is not None)]),
            "exceptions": np.array(0),
        }
        assert_parity(got, Result(got.call, want))


@check("08.16", points=1)
def test_file_forced(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """All of the new file is forced to the disk before it takes the place of the old one."""
    for inputs in (writing(draw, 300, 200), writing(draw, LONG, None)):
        got = learner.run(scenarios.write_file, **inputs)
        other, size, there = got["forced to the disk"].tolist()
        require(size >= 0, "no file was forced to the disk with os.fsync", got)
        require(
            size == len(inputs["new"]),
            f"{size} of {len(inputs['new'])} bytes were in the file when it was forced to the disk",
            got,
        )
        old = -1 if inputs["old"] is None else len(inputs["old"])
        require(there == old, "the old file was gone before the new one was on the disk", got)
        require(not other, "the file that was forced to the disk is not the one that is there", got)


@check("08.16", points=2)
def test_file_fails(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Where writing fails, its exception comes out, the old file is as before, and no other is left."""
    for inputs in (
        writing(draw, 300, 200, fails=True),
        writing(draw, LONG, 40, fails=True),
        writing(draw, 80, None, fails=True),
    ):
        got = learner.run(scenarios.write_file, **inputs)
        old = inputs["old"]
        want = {
            "content": NOTHING if old is None else old,
            "content while writing": NOTHING if old is None else old,
            "files": np.array(int(old is not None)),
            "exceptions": np.array(1),
        }
        assert_parity(got, Result(got.call, want))


# ---- 08.17 choose_surplus

Losses = Mapping[int, float | str]  # by step; in words where there is none, or an odd one


def surplus(losses: Losses, keep_best: int, keep_latest: int) -> list[int]:
    numbers = {s: float(x) for s, x in losses.items() if x not in ("none", "nan")}
    best = sorted(numbers, key=lambda step: (numbers[step], step))[:keep_best]
    latest = sorted(losses, reverse=True)[:keep_latest]
    return sorted({*losses} - {*best} - {*latest})


def asked(draw: Draw, losses: Losses, **given: int) -> dict[str, Any]:
    steps = draw.shuffled([*losses])
    return {"steps": steps, "losses": [losses[step] for step in steps], "given": given}


def assert_surplus(
    learner: Implementation, draw: Draw, losses: Losses, keep_best: int, keep_latest: int = 1
) -> None:
    given = {"keep_best": keep_best} | ({"keep_latest": keep_latest} if keep_latest != 1 else {})
    got = learner.run(scenarios.surplus, **asked(draw, losses, **given))
    want = np.array(surplus(losses, keep_best, keep_latest), dtype=np.int64)
    assert_parity(got, Result(got.call, {"steps": want}))


@check("08.17", points=2)
def test_surplus(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """All but the best and the latest may go, of equal losses the later ones, ascending."""
    steps = sorted(draw.shuffled(range(1, 130))[:9])
    levels = draw.shuffled([0.5, 0.75, 0.75, 0.75, 1.5, 2.0, -3.0, 40.0, 7.0])
    losses: Losses = dict(zip(steps, levels, strict=True))
    for keep_best, keep_latest in ((3, 1), (2, 3), (0, 2), (5, 1), (4, 4), (9, 1), (1, 20)):
        assert_surplus(learner, draw, losses, keep_best, keep_latest)
    ties: Losses = dict.fromkeys(steps, 1.25)
    assert_surplus(learner, draw, ties, 2)
    assert_surplus(learner, draw, {}, 2)


@check("08.17", points=1)
def test_surplus_odd(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """None and NaN are never among the best; infinity is, where nothing better is there."""
    kinds: list[float | str] = ["none", "nan", "none", "nan", 2.0, 1.0, "inf", 3.0]
    for _ in range(4):
        steps = sorted(draw.shuffled(range(1, 130))[: len(kinds)])
        losses: Losses = dict(zip(steps, draw.shuffled(kinds), strict=True))
        for keep_best in (1, 3, 4, 6):
            assert_surplus(learner, draw, losses, keep_best)
    assert_surplus(learner, draw, {3: "none", 8: "nan", 9: "none"}, 2, 2)


@check("08.17", points=1)
def test_surplus_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """keep_best below 0 and keep_latest below 1 are a ValueError."""
    losses: Sequence[float] = draw.floats(5).tolist()
    by_step = {n: x for n, x in enumerate(losses, start=3) if not math.isnan(x)}

    def call(**given: int) -> dict[str, Any]:
        return asked(draw, by_step, **given)

    assert_refuses(
        learner,
        reference,
        scenarios.surplus_in_chosen_calls,
        draw=draw,
        good=[
            call(keep_best=0, keep_latest=1),
            call(keep_best=2, keep_latest=2),
            call(keep_best=1),
        ],
        bad={
            "keep_best -1": call(keep_best=-1, keep_latest=2),
            "keep_latest 0": call(keep_best=2, keep_latest=0),
            "keep_latest -1": call(keep_best=2, keep_latest=-1),
        },
    )
