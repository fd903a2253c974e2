"""Checks of module 08, ``utils/shape_checker.py``. What is expected is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, assert_same_runs, require
from .engineering_inputs import assert_says, named
from .inputs import Draw
from .scenarios import shapes as scenarios

# ---- 08.1 check_shape


def described(
    shape: Sequence[int], expected: str, sizes: Mapping[str, int] | None = None
) -> dict[str, Any]:
    return {"shape": [*shape], "expected": expected, "sizes": dict(sizes or {})}


def assert_sizes(learner: Implementation, call: dict[str, Any], want: Mapping[str, int]) -> None:
    got = learner.run(scenarios.check_shape, **call)
    sizes = {f"size of {name}": np.array(size) for name, size in want.items()}
    assert_parity(got, Result(got.call, {**sizes, "number of sizes": np.array(len(want))}))


@check("08.1", points=2)
def test_shape_sizes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The sizes that the description leaves open come back by name, with those that were given."""
    a, b, c, d = draw.shuffled(range(2, 9))[:4]
    first, second, third = named(draw, 3)
    assert_sizes(learner, described((a, b, c), f"{first} {b} {second}"), {first: a, second: c})
    call = described((a, b, a, d), f"{first} {second} {first}  {third}", {second: b})
    assert_sizes(learner, call, {first: a, second: b, third: d})
    assert_sizes(learner, described((c,), str(c)), {})
    call = described((d, c), f"T {d - d + c}", {"T": d, first: a})
    assert_sizes(learner, call, {"T": d, first: a})


@check("08.1", points=1)
def test_shape_leading(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Three dots at the start stand for any number of axes, also for none."""
    a, b, c, d = draw.shuffled(range(2, 9))[:4]
    first, second = named(draw, 2)
    for leading in ((a,), (), (a, b, a, c)):
        shape = (*leading, c, d)
        assert_sizes(learner, described(shape, f"... {first} {d}"), {first: c})
    assert_sizes(learner, described((a, b), "..."), {})
    assert_sizes(learner, described((a, b, c), f"... {second}"), {second: c})


@check("08.1", points=2)
def test_shape_refused(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Another number of axes, another size, and one name for two sizes are a ValueError."""
    a, b, c, d = draw.shuffled(range(2, 9))[:4]
    assert_refuses(
        learner,
        reference,
        scenarios.check_shape_in_chosen_calls,
        draw=draw,
        good=[
            described((a, b, c), f"B T {c}"),
            described((a, b, c, d), f"... T {c} D", {"T": b}),
            described((a, b, a), "B T B"),
        ],
        bad={
            "an axis too many": described((a, b, c), "B T"),
            "an axis too few": described((a, b), "B T D"),
            "another number": described((a, b, c), f"B T {c + 1}"),
            "another number in the first place": described((a, b), f"{a + 1} T"),
            "one name for two sizes": described((a, b, c), "B T B"),
            "another size than the one given": described((a, b, c), "B T D", {"D": c - 1}),
            "too few axes for what follows the dots": described((a,), "... T D"),
            "another size behind the dots": described((a, b, c), f"... T {c + 2}"),
        },
    )


@check("08.1", points=1)
def test_shape_messages(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The message holds the tensor's name and, of a wrong size, what it is and what is expected."""
    name, other = named(draw, 2)
    size, wanted = draw.shuffled(range(117, 990))[:2]
    for shape, expected, sizes in (
        ((3, size), f"B {wanted}", {}),
        ((size, 2), "B T", {"B": wanted}),
        ((wanted, 2, size), f"{other} T {other}", {}),
    ):
        call = {**described(shape, expected, sizes), "name": name}
        assert_says(learner.run(scenarios.shape_message, **call), name, size, wanted)
    call = {**described((3, 4), "B"), "name": name}
    assert_says(learner.run(scenarios.shape_message, **call), name)


# ---- 08.2 assert_batch_consistency


@check("08.2", points=2)
def test_batch_sizes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The first size that all share comes back; tensors that do not agree are a ValueError."""
    a, b, c = draw.shuffled(range(2, 9))[:3]
    x, y, z = named(draw, 3)
    assert_refuses(
        learner,
        reference,
        scenarios.batch_size_in_chosen_calls,
        draw=draw,
        good=[
            {"shapes": {x: [a, b], y: [a], z: [a, c, b]}},
            {"shapes": {x: [b, b, c]}},
            {"shapes": {y: [c, a], x: [c, b]}},
        ],
        bad={
            "another size at the end": {"shapes": {x: [a, b], y: [a, b], z: [b, a]}},
            "another size at the start": {"shapes": {x: [b, a], y: [a, b], z: [a, b]}},
            "equal sizes in another place": {"shapes": {x: [a, c], y: [b, c]}},
            "no tensors": {"shapes": {}},
            "a tensor without axes": {"shapes": {x: [a, b], y: []}},
            "only a tensor without axes": {"shapes": {x: []}},
        },
    )


@check("08.2", points=1)
def test_batch_message(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The message holds each name with its size."""
    sizes = draw.shuffled(range(117, 990))[:3]
    names = named(draw, 3)
    got = learner.run(
        scenarios.batch_message,
        shapes={name: [size, 1] for name, size in zip(names, sizes, strict=True)},
    )
    assert_says(got, *names, *sizes)


# ---- 08.3 ShapeTracer


def traced(draw: Draw, *sizes: tuple[int, int], raises: bool = False) -> dict[str, Any]:
    width, inner = draw.shuffled(range(3, 9))[:2]
    inputs = [draw.floats(batch, length, width) for batch, length in sizes]
    return {"inputs": inputs, "inner": inner, "raises": raises}


@check("08.3", points=4)
def test_traced_shapes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Every call in the block is written down, with its module's name and the shape of its first
    tensor, in the order in which they come back."""
    for sizes in ([(2, 5)], [(1, 4), (3, 2)]):
        assert_same_runs(learner, reference, scenarios.trace, traced(draw, *sizes))


@check("08.3", points=2)
def test_traced_after(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Nothing is written down before and after the block, and an exception comes out of it."""
    for raises in (False, True):
        inputs = traced(draw, (2, 3), (4, 2), raises=raises)
        got = learner.run(scenarios.trace, **inputs)
        want = reference.run(scenarios.trace, **inputs)
        calls, expected = len(got["modules"]), len(want["modules"])
        require(calls == expected, f"{calls} calls are in `shapes`, expected {expected}", got)
        assert_parity(got, want)
