"""Checks of module 08, ``utils/experiment.py``: what reaches the libraries, and the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, require
from .engineering_inputs import assert_says, named, written
from .inputs import Draw
from .scenarios import experiment as scenarios
from .scenarios.experiment import BROKEN, MISSING, THERE

Steps = list[list[Any]]


def steps_of(draw: Draw, count: int = 3) -> Steps:
    """Steps, each with one or two numbers by name."""
    names = named(draw, 3)
    first = int(draw.integers(2, 50))
    made: Steps = []
    for n, numbers in enumerate(draw.integers(-900, 900, count, 2).tolist()):
        values = [number / 8 for number in numbers[: 1 + n % 2]]
        made.append([first + 7 * n, dict(zip(names[n % 2 :], values, strict=False))])
    return made


def assert_told(got: Result, library: str, steps: Steps, place: str) -> None:
    """A library has one writer in the right place, all numbers in order, and was closed after them."""
    pairs = [(tag, value, step) for step, metrics in steps for tag, value in metrics.items()]
    tags = "\n".join(tag for tag, _, _ in pairs)
    numbers = np.array([[value, step] for _, value, step in pairs], dtype=np.float64)
    found = written(got, f"places in {library}")
    require(found == place, f"{library} writes to {found!r}, expected {place!r}", got)
    found = written(got, f"tags in {library}")
    require(found == tags, f"{library} was told {found!r}, expected {tags!r}", got)
    want = {
        f"values and steps in {library}": numbers,
        f"numbers at the end of {library}": np.array([len(numbers)]),
    }
    assert_parity(got, Result(got.call, want))


def assert_untold(got: Result, *libraries: str) -> None:
    for library in libraries:
        numbers = got[f"values and steps in {library}"]
        require(numbers.size == 0, f"{library} was told {len(numbers)} numbers, expected none", got)


def assert_printed(got: Result, steps: Steps) -> None:
    """Each step and each of its values is printed."""
    printed = got["printed"].tolist()
    for step, metrics in steps:
        for number in (step, *metrics.values()):
            require(number in printed, f"{number} is not printed to the console", got)


# ---- 08.9 TensorBoardTracker


@check("08.9", points=3)
def test_board_numbers(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Every number of every step is added under its name and at its step, and then the writer is
    closed."""
    for count in (3, 1):
        steps = steps_of(draw, count)
        got = learner.run(scenarios.to_board, folder="runs", name="one", steps=steps)
        assert_told(got, "TensorBoard", steps, "runs/one")


@check("08.9", points=1)
def test_board_folders(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each tracker writes to the folder of its name."""
    for folder, name in (named(draw, 2), ["kept/here", "run-7"]):
        steps = steps_of(draw, 1)
        got = learner.run(scenarios.to_board, folder=folder, name=name, steps=steps)
        assert_told(got, "TensorBoard", steps, f"{folder}/{name}")


# ---- 08.10 get_experiment_tracker


def asked(
    draw: Draw, kind: str, states: Sequence[str], given: Mapping[str, str] | None = None
) -> dict[str, Any]:
    where = {"folder": "runs", "name": "one"} if given is None else given
    return {"kind": kind, "states": [*states], "given": where, "steps": steps_of(draw)}


def assert_warned(got: Result, count: int) -> None:
    found = int(got["warnings"])
    require(found == count, f"{found} warnings were given, expected {count}", got)


@check("08.10", points=1)
def test_tracker_kinds(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each kind gives its tracker, where its library is there, and no warning."""
    call = asked(draw, "tensorboard", (THERE, THERE))
    got = learner.run(scenarios.track, **call)
    assert_told(got, "TensorBoard", call["steps"], "runs/one")
    assert_untold(got, "W&B")
    assert_warned(got, 0)
    call = asked(draw, "wandb", (THERE, THERE), {"name": "two", "folder": "kept"})
    got = learner.run(scenarios.track, **call)
    assert_told(got, "W&B", call["steps"], "kept|two")
    assert_untold(got, "TensorBoard")
    assert_warned(got, 0)
    call = asked(draw, "tensorboard", (THERE, MISSING), {})
    assert_told(learner.run(scenarios.track, **call), "TensorBoard", call["steps"], "runs/run")


@check("08.10", points=1)
def test_tracker_console(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The console prints, with no library and no warning; it is the default."""
    for states in ((MISSING, MISSING), (THERE, THERE)):
        call = asked(draw, "console", states)
        got = learner.run(scenarios.track, **call)
        assert_printed(got, call["steps"])
        assert_untold(got, "TensorBoard", "W&B")
        assert_warned(got, 0)
    assert_printed(learner.run(scenarios.track_by_default, steps=call["steps"]), call["steps"])


@check("08.10", points=2)
def test_tracker_falls_back(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Where a library is missing or fails, the console prints, and there is one warning."""
    call = asked(draw, "console", (MISSING, MISSING))
    assert_printed(learner.run(scenarios.track, **call), call["steps"])
    for kind in ("tensorboard", "wandb"):
        for state in (MISSING, BROKEN):
            states = (state, THERE) if kind == "tensorboard" else (THERE, state)
            call = asked(draw, kind, states)
            got = learner.run(scenarios.track, **call)
            assert_printed(got, call["steps"])
            assert_untold(got, "TensorBoard", "W&B")
            assert_warned(got, 1)


@check("08.10", points=1)
def test_tracker_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Another kind is a ValueError."""
    assert_refuses(
        learner,
        reference,
        scenarios.track_in_chosen_calls,
        draw=draw,
        good=[
            asked(draw, "tensorboard", (THERE, THERE)),
            asked(draw, "wandb", (THERE, THERE)),
            asked(draw, "console", (THERE, THERE)),
        ],
        bad={
            "a kind that is misspelt": asked(draw, "tensorbord", (THERE, THERE)),
            "a kind in capitals": asked(draw, "WANDB", (THERE, THERE)),
            "no kind": asked(draw, "", (THERE, THERE)),
        },
    )
    got = learner.run(scenarios.kind_message, kind="mlflow")
    assert_says(got)
