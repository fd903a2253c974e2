"""Checks of module 08, ``utils/checkpoint.py``: a keeper of checkpoints, and a run that goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, require
from .engineering_inputs import assert_says, written
from .inputs import Array, Draw
from .scenarios import checkpoint as scenarios
from .scenarios.files import NONE
from .test_08_files import surplus

Saves = list[list[Any]]  # steps, each with its loss, in words where there is none

# ---- 08.18 CheckpointManager


def managed(saves: Saves, keep_best: int, keep_latest: int) -> dict[str, Array]:
    """What must be there after each save."""
    there: dict[int, float | str] = {}
    kept, latest, best = [], [], []
    for step, loss in saves:
        there[step] = loss
        for old in surplus(there, keep_best, keep_latest):
            del there[old]
        numbers = {s: float(x) for s, x in there.items() if x not in ("none", "nan")}
        kept.append([int(step in there) for step, _ in saves])
        latest.append(max(there))
        best.append(min(numbers, key=lambda s: (numbers[s], s)) if numbers else NONE)
    return {
        "latest and best of none": np.array([NONE, NONE]),
        "checkpoints that are there": np.array(kept),
        "steps of the latest": np.array(latest),
        "steps of the best": np.array(best),
    }


def assert_managed(
    learner: Implementation, saves: Saves, keep_best: int, keep_latest: int, anew: bool
) -> None:
    given = {"keep_best": keep_best, "keep_latest": keep_latest}
    got = learner.run(scenarios.manage, given=given, saves=saves, new_each_time=anew)
    assert_parity(got, Result(got.call, managed(saves, keep_best, keep_latest)))


def saves_of(draw: Draw, count: int) -> Saves:
    """Steps of one to four digits, ascending, with losses that fall and rise."""
    steps = sorted(draw.shuffled([1, 5, 9, 10, 20, 70, 100, 250, 999, 1000, 4000])[:count])
    losses = draw.shuffled([0.5, 1.25, 1.25, 3.0, 7.5, -2.0, 1e-3, 40.0])[:count]
    return [[step, loss] for step, loss in zip(steps, losses, strict=True)]


@check("08.18", points=3, double_only=True)
def test_manager_keeps(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """After each save the best and the latest are there, and no others."""
    for keep_best, keep_latest in ((2, 1), (1, 2), (0, 3), (3, 1)):
        assert_managed(learner, saves_of(draw, 7), keep_best, keep_latest, anew=False)
    saves: Saves = [[3, "none"], [12, 2.0], [20, "nan"], [21, 1.0], [35, "none"], [36, 5.0]]
    assert_managed(learner, saves, 1, 1, anew=False)
    assert_managed(learner, [[4, "none"], [8, "nan"], [9, "none"]], 2, 1, anew=False)
    got = learner.run(
        scenarios.manage, given={}, saves=saves_of(draw, 6), new_each_time=False
    )  # the defaults
    assert_parity(got, Result(got.call, managed(got.call.inputs["saves"], 3, 1)))


@check("08.18", points=2, double_only=True)
def test_manager_anew(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A new manager goes on with the files of the one before."""
    for keep_best, keep_latest in ((2, 1), (1, 3)):
        assert_managed(learner, saves_of(draw, 6), keep_best, keep_latest, anew=True)
    steps = draw.shuffled([2, 9, 30, 110])
    saves: Saves = [[step, loss] for step, loss in zip(steps, [2.0, 3.0, 1.0, 4.0], strict=True)]
    assert_managed(learner, [*saves, [30, 5.0], [9, 0.5]], 2, 4, anew=True)  # one saved again


@check("08.18", points=2, double_only=True)
def test_manager_loads(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """What was saved comes back: state, step, loss, and the commit that was checked out then."""
    for losses, folder in (([1.5, 0.25], "kept"), ([None, 2.0], "runs/one"), ([0.5, None], "x")):
        weights = [draw.floats(3, 4), draw.floats(2, 5)]
        commit = "".join("0123456789abcdef"[n] for n in draw.integers(0, 16, 40))
        got = learner.run(
            scenarios.save_and_load, weights=weights, losses=losses, commit=commit, folder=folder
        )
        want: dict[str, Array] = {}
        for n, name in enumerate(("first", "last")):
            loss = losses[n]
            want[f"weight of the {name}"] = want[f"second weight of the {name}"] = weights[n]
            want[f"step of the {name}"] = np.array(10 * n + 5)
            want[f"loss of the {name}"] = np.array(np.nan if loss is None else loss)
        assert_parity(got, Result(got.call, want))
        for n, name in enumerate(("first", "last")):
            note = written(got, f"note of the {name}")
            require(note == f"number {n}", f"the note of number {n} is {note!r}", got)
            found = written(got, f"commit of the {name}")
            require(found == commit, f"the commit is {found!r}, expected {commit!r}", got)


@check("08.18", points=2, double_only=True)
def test_manager_fails(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Where a checkpoint cannot be written, the exception comes out and the folder is as before."""
    assert_managed(learner, saves_of(draw, 2), 1, 1, anew=False)
    for steps in ([4], [3, 10]):
        weight = draw.floats(3, 2)
        got = learner.run(scenarios.fail_to_save, weight=weight, steps=steps)
        want = {
            "exceptions": np.array(2),
            "weight": weight + steps[-1],
            "steps of the latest and the best": np.array([steps[-1], steps[0]]),
            "files that are new or gone": np.array(0),
        }
        assert_parity(got, Result(got.call, want))


@check("08.18", points=2, double_only=True)
def test_manager_damaged(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A file that is no whole checkpoint is a ValueError, one that would run code is not run."""
    weight = draw.floats(40, 30)
    assert_refuses(
        learner,
        reference,
        scenarios.load_damaged_in_chosen_calls,
        draw=draw,
        good=[
            {"weight": weight, "damage": "nothing"},
            {"weight": draw.floats(3), "damage": "nothing"},
        ],
        bad={
            f"a file that is {damage}": {"weight": weight, "damage": damage}
            for damage in ("cut off", "empty", "foreign")
        }
        | {"a folder without a checkpoint": {"weight": weight, "damage": "none"}},
    )
    got = learner.run(scenarios.missing_message, folder="nothing_here")
    assert_says(got, "nothing_here")
    for how in ("torch", "pickle"):
        got = learner.run(scenarios.load_running, weight=weight, how=how)
        require(int(got["folders made"]) == 0, "loading ran the code that was in a file", got)
        assert_says(got, written(got, "name of the file"))
        assert_parity(got, Result(got.call, {"weight": weight}))


@check("08.18", points=1, double_only=True)
def test_manager_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A manager that is to keep too few is a ValueError."""
    assert_refuses(
        learner,
        reference,
        scenarios.managers_in_chosen_calls,
        draw=draw,
        good=[
            {"keep_best": 0, "keep_latest": 1},
            {"keep_best": 1, "keep_latest": 1},
            {"keep_best": 0, "keep_latest": 2},
        ],
        bad={
            "keep_best -1": {"keep_best": -1, "keep_latest": 1},
            "keep_latest 0": {"keep_best": 1, "keep_latest": 0},
        },
    )


# ---- 08.19 resume


def run(draw: Draw, count: int) -> dict[str, Any]:
    """Weights of a small model, and some batches."""
    width, inner = draw.shuffled(range(3, 8))[:2]
    return {
        "weights": [draw.floats(inner, width), draw.floats(2, inner)],
        "batches": [draw.floats(rows, width) for rows in draw.integers(2, 6, count).tolist()],
    }


def others(draw: Draw, weights: Sequence[Array]) -> list[Array]:
    return [draw.floats(*weight.shape) for weight in weights]


@check("08.19", points=3, double_only=True)
def test_resumed(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A resumed run ends with the weights of the one that was never broken off, to the bit."""
    for count, at in ((5, 3), (4, 2)):
        inputs = run(draw, count)
        inputs |= {"others": others(draw, inputs["weights"]), "at": at}
        got = learner.run(scenarios.resume_run, **inputs)
        want = {"weights": reference.run(scenarios.resume_run, **inputs)["weights"]}
        assert_parity(got, Result(got.call, {**want, "step": np.array(at)}))
        whole, resumed = got["weights"], got["weights of the resumed run"]
        same = whole.tobytes() == resumed.tobytes()
        require(same, "the resumed run ends with other weights than one without a break", got)


@check("08.19", points=1)
def test_nothing_to_resume(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Without a checkpoint the step is 0, and nothing has changed."""
    inputs = run(draw, 3)
    got = learner.run(scenarios.begin_run, **inputs)
    assert_parity(got, reference.run(scenarios.begin_run, **inputs))
    require(int(got["step"]) == 0, f"the step is {int(got['step'])}, expected 0", got)
