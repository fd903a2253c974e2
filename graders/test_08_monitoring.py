"""Checks of module 08, ``utils/monitoring.py``. What is expected is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, require
from .engineering_inputs import named
from .inputs import Array, Draw
from .scenarios import monitoring as scenarios
from .test_06_utils import state, weights_and_gradients

# ---- 08.11 StepTimer


def block(name: str, *inner: Any, raises: bool = False) -> list[Any]:
    return [name, [*inner], raises]


def assert_timed(
    learner: Implementation,
    times: Sequence[float],
    blocks: Sequence[Any],
    skip: int,
    taken: Mapping[str, Sequence[float]],
    exceptions: int = 0,
) -> None:
    """The summary of these blocks has, for each name, the number and the mean of what was taken."""
    got = learner.run(scenarios.time_blocks, times=[*times], blocks=[*blocks], skip=skip)
    want = {"names": np.array(len(taken)), "exceptions": np.array(exceptions)}
    for name, seconds in taken.items():
        want[f"count of {name}"] = np.array(len(seconds))
        want[f"mean of {name}"] = np.array(sum(seconds) / len(seconds))
    want["times left"] = np.array(0)
    assert_parity(got, Result(got.call, want))


def clock(draw: Draw, count: int) -> list[float]:
    """What a clock shows, each time it is asked."""
    return [30.0, *(30.0 + np.cumsum(draw.integers(1, 200, count - 1) / 16)).tolist()]


@check("08.11", points=2)
def test_timer(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """How often each part was run, and its mean time; blocks in blocks count on their own."""
    first, second, third = named(draw, 3)
    t = clock(draw, 8)
    one_by_one = [block(name) for name in (first, second, first, first)]
    taken = {first: [t[1] - t[0], t[5] - t[4], t[7] - t[6]], second: [t[3] - t[2]]}
    assert_timed(learner, t, one_by_one, 0, taken)
    inside = [block(first, block(second), block(third, block(second)))]
    taken = {first: [t[7] - t[0]], second: [t[2] - t[1], t[5] - t[4]], third: [t[6] - t[3]]}
    assert_timed(learner, t, inside, 0, taken)
    within_itself = [block(first, block(first)), block(second), block(third)]
    taken = {first: [t[2] - t[1], t[3] - t[0]], second: [t[5] - t[4]], third: [t[7] - t[6]]}
    assert_timed(learner, t, within_itself, 0, taken)
    assert_timed(learner, [], [], 0, {})


@check("08.11", points=1)
def test_timer_skips(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The first blocks of each name do not count; a name with no others is not there."""
    first, second, third = named(draw, 3)
    names = (first, second, first, second, first, third, first)
    t = clock(draw, 2 * len(names))
    spans = [t[2 * n + 1] - t[2 * n] for n in range(len(names))]
    by_name = {name: [s for s, n in zip(spans, names, strict=True) if n == name] for name in names}
    for skip in (0, 1, 2, 3, 9):
        taken = {name: found[skip:] for name, found in by_name.items() if found[skip:]}
        assert_timed(learner, t, [block(name) for name in names], skip, taken)


@check("08.11", points=1)
def test_timer_exceptions(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """An exception comes out of a block, whose time counts like any other."""
    first, second = named(draw, 2)
    t = clock(draw, 8)
    blocks = [block(first, raises=True), block(first), block(second, block(first, raises=True))]
    taken = {first: [t[1] - t[0], t[3] - t[2], t[6] - t[5]], second: [t[7] - t[4]]}
    assert_timed(learner, t, blocks, 0, taken, exceptions=2)


# ---- 08.12 gradient_norms


def assert_norms(learner: Implementation, inputs: dict[str, Any], graphs: bool = False) -> None:
    gradients: Sequence[Array | None] = inputs["gradients"]
    got = learner.run(scenarios.norms, **inputs, graphs=graphs)
    names = {n: f"outer.0.weight{n}" if n % 2 else f"weight{n}" for n in range(len(gradients))}
    want = {
        f"norm of {names[n]}": np.sqrt((gradient**2).sum(dtype=gradient.dtype))
        for n, gradient in enumerate(gradients)
        if gradient is not None
    }
    counts = {"norms": np.array(len(want)), "norms with a gradient": np.array(0)}
    assert_parity(got, Result(got.call, {**counts, **want, **state(**inputs)}))


@check("08.12", points=1)
def test_norms(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The norm of each gradient, by the parameter's name, in its dtype; gradients stay."""
    for scales in ((1.0, 0.5, 2.0, 4.0, 0.25), (300.0, 1e-3)):
        inputs = weights_and_gradients(draw, scales)
        assert_norms(learner, inputs)
        for key in ("weights", "gradients"):
            inputs[key] = [array.astype(np.float32) for array in inputs[key]]
        assert_norms(learner, inputs)


@check("08.12", points=1)
def test_norms_without(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A parameter without a gradient is left out, one whose gradient is 0 is not."""
    for scales, without in (((1.0, 0.0), ()), ((1.0, 0.0, 2.0, 4.0), (1, 3)), ((1.0, 2.0), (0, 1))):
        assert_norms(learner, weights_and_gradients(draw, scales, without))


@check("08.12", points=1)
def test_norms_of_graphs(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Where gradients carry gradients themselves, the norms do not."""
    for graphs in (False, True):
        assert_norms(learner, weights_and_gradients(draw, (1.0, 0.5, 3.0)), graphs)


# ---- 08.13 find_unhealthy


def assert_troubles(
    learner: Implementation, draw: Draw, norms: Sequence[tuple[float, int]], **limits: float
) -> None:
    """Each norm has its trouble, 0 for none, in a random order."""
    pairs = draw.shuffled(norms)
    names = [f"layer{n}" for n in range(len(pairs))]
    given = {name: np.array(norm) for name, (norm, _) in zip(names, pairs, strict=True)}
    got = learner.run(scenarios.troubles, norms=given, limits=limits)
    codes = np.array([code for _, code in pairs])
    found = got["troubles"].tolist()
    words = ("none", *scenarios.TROUBLES)
    for (norm, code), trouble in zip(pairs, found, strict=True):
        said = words[trouble] if 0 <= trouble < len(words) else "unknown"
        require(
            trouble == code,
            f"a norm of {norm:g} is in trouble {said!r}, expected {words[code]!r}",
            got,
        )
    assert_parity(got, Result(got.call, {"names": np.array(int((codes > 0).sum()))}))


@check("08.13", points=2)
def test_troubles(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Too small, too large, or no finite number; limits themselves are no trouble."""
    norms = [(0.0, 2), (1e-9, 2), (1e-7, 0), (2.5, 0), (999.0, 0), (1001.0, 3), (1e30, 3)]
    assert_troubles(learner, draw, [*norms, (np.nan, 1), (np.inf, 1)])
    norms = [(0.125, 0), (0.124, 2), (2.0, 0), (2.01, 3), (1.0, 0), (0.0, 2), (np.nan, 1)]
    assert_troubles(learner, draw, norms, low=0.125, high=2.0)


@check("08.13", points=1)
def test_troubles_none(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Those that are well are left out, and with low=0 and high=inf only NaN and infinity are not."""
    well = [(float(abs(x)) + 0.5, 0) for x in draw.floats(5)]
    assert_troubles(learner, draw, [*well, (900.0, 3)], high=800.0)
    odd = [(np.nan, 1), (np.inf, 1), (0.0, 0), (1e30, 0)]
    assert_troubles(learner, draw, [*well, *odd], low=0.0, high=1e38)
