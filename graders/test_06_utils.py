"""Checks of module 06, ``training/utils.py``. What is expected is computed here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, require
from .inputs import Array, Draw
from .scenarios import training_utils as scenarios

SHAPES = ((5, 3), (7,), (2, 3, 4), (1,), (6, 2))
NEAR = 1e-5  # relative: a step in float32 does no harm here


def assert_near(got: Result, name: str, want: Array) -> None:
    """The numbers called ``name`` are these, infinities included."""
    found = got[name]
    right = found.shape == want.shape and np.isclose(found, want, rtol=NEAR, atol=0.0).all()
    require(right, f"`{name}`: expected {shown(want)}, got {shown(found)}", got)


def shown(values: Array) -> str:
    return ", ".join(f"{value:.6g}" for value in values.ravel())


# ---- 06.21 compute_perplexity


@check("06.21", points=2)
def test_perplexity(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """exp of the loss; infinity where that is too large for a float."""
    drawn = np.abs(draw.floats(2)).tolist()
    for losses in ([math.log(65), 0.0, *drawn, 7.25, 30.5], [0.5, 1000.0, 1.0e9]):
        got = learner.run(scenarios.perplexities, losses=losses)
        with np.errstate(over="ignore"):
            assert_near(got, "perplexities", np.exp(np.array(losses)))


# ---- 06.22 get_gradient_norm


def weights_and_gradients(
    draw: Draw, scales: Sequence[float], without: Sequence[int] = ()
) -> dict[str, Any]:
    """Parameters of several shapes, and a gradient of each but those ``without`` one."""
    weights = [draw.floats(*shape) for shape in SHAPES[: len(scales)]]
    gradients: list[Array | None] = [
        # none is small beside the others of its parameter
        None if n in without else scale * np.copysign(1.0 + np.abs(drawn), drawn)
        for n, (scale, drawn) in enumerate(
            zip(scales, (draw.floats(*weight.shape) for weight in weights), strict=True)
        )
    ]
    return {"weights": weights, "gradients": gradients}


def norm_of(gradients: Sequence[Array | None]) -> float:
    return math.sqrt(sum(float((g**2).sum()) for g in gradients if g is not None))


def state(weights: Sequence[Array], gradients: Sequence[Array | None]) -> dict[str, Array]:
    """Weights and gradients, named as ``scenarios`` does."""
    found = {f"weight{n}": weight for n, weight in enumerate(weights)}
    found |= {f"gradient of weight{n}": g for n, g in enumerate(gradients) if g is not None}
    return found


def assert_norm(learner: Implementation, inputs: dict[str, Any]) -> None:
    got = learner.run(scenarios.gradient_norm, **inputs)
    assert_near(got, "norm", np.array(norm_of(inputs["gradients"])))
    assert_parity(got, Result(got.call, state(**inputs)))


@check("06.22", points=2)
def test_norm(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The norm of all gradients as one vector, wherever in the model they are; they stay as they are."""
    for scales in ((1.0, 0.5, 2.0, 4.0, 0.25), (1e-3, 2e-3), (300.0, 0.1, 40.0)):
        assert_norm(learner, weights_and_gradients(draw, scales))


@check("06.22", points=1)
def test_norm_without_some(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A parameter that has no gradient does not count; where none has one, the norm is 0."""
    for scales, without in (((1.0, 2.0), ()), ((1.0, 0.5, 2.0, 4.0), (1, 3)), ((1.0, 2.0), (0, 1))):
        assert_norm(learner, weights_and_gradients(draw, scales, without))


# ---- 06.23 clip_gradient_norm

CLIP = 5e-5  # relative; torch adds 1e-6 to the norm


def assert_clipped(learner: Implementation, inputs: dict[str, Any], max_norm: float) -> None:
    """All gradients times max_norm / norm where that is below 1, or as they were."""
    norm = norm_of(inputs["gradients"])
    factor = min(1.0, max_norm / norm) if norm else 1.0
    got = learner.run(scenarios.clip, **inputs, max_norm=max_norm)
    want = state(**inputs)
    for name, array in want.items():
        found = got.tensors.get(name)
        if name.startswith("gradient") and found is not None and found.shape == array.shape:
            right = np.allclose(found, array * factor, rtol=CLIP, atol=0.0)
            what = (
                f"shrink by {factor:.5g}, because their norm is {norm:.5g} and max_norm "
                f"{max_norm:.5g}"
                if factor < 1.0
                else f"stay as they are, because their norm of {norm:.5g} is not above {max_norm:.5g}"
            )
            require(right, f"the {name} is wrong: all gradients should {what}", got)
            want[name] = found
    new = [name for name in got.tensors if name.startswith("gradient") and name not in want]
    require(not new, f"there was no {new[0]} before" if new else "", got)
    assert_parity(got, Result(got.call, want))


@check("06.23", points=2)
def test_clips(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Where the norm is above max_norm, all gradients shrink by one factor so that it is max_norm."""
    for scales, max_norm in (((4.0, 0.01, 1.0, 0.5), 1.0), ((0.1, 3.0), 2.5), ((50.0,), 7.0)):
        assert_clipped(learner, weights_and_gradients(draw, scales), max_norm)
    inputs = weights_and_gradients(draw, (1.0, 0.5, 2.0))
    for share in (0.97, 0.5, 0.02):
        assert_clipped(learner, inputs, share * norm_of(inputs["gradients"]))


@check("06.23", points=2)
def test_leaves_small(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Where the norm is at most max_norm, all gradients stay as they are."""
    inputs = weights_and_gradients(draw, (1.0, 0.5, 2.0, 0.1, 0.7))
    assert_clipped(learner, inputs, 0.5 * norm_of(inputs["gradients"]))
    for share in (1.03, 1.5, 40.0):
        assert_clipped(learner, inputs, share * norm_of(inputs["gradients"]))
    tiny = weights_and_gradients(draw, (1e-4, 1e-6))
    assert_clipped(learner, tiny, 1.0)


@check("06.23", points=1)
def test_clips_without_some(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Parameters without a gradient stay without one, and gradients of 0 stay 0."""
    assert_clipped(learner, weights_and_gradients(draw, (3.0, 0.5)), 1.0)
    assert_clipped(learner, weights_and_gradients(draw, (3.0, 0.5, 2.0, 9.0), (0, 3)), 1.0)
    zero = weights_and_gradients(draw, (0.0, 0.0, 0.0), (1,))
    assert_clipped(learner, zero, 1.0)
    assert_clipped(learner, weights_and_gradients(draw, (1.0, 1.0), (0, 1)), 1.0)


# ---- 06.24 count_model_parameters


@check("06.24", points=2)
def test_count(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Every parameter counts, a tied one once, buffers not; frozen ones are left out if asked."""
    v, d = 11, 6
    parts = {"table": v * d, "layer": d * d + d, "norm": 2 * d, "head": v * d}
    for tied, frozen in ((False, ["head", "layer"]), (True, ["norm"]), (True, ["table"])):
        own = {name: size for name, size in parts.items() if name != "head" or not tied}
        total = sum(own.values())
        left = total - sum(own[name] for name in frozen)
        numbers = {"count": total, "trainable count": total}
        numbers |= {"count after freezing": total, "trainable count after freezing": left}
        got = learner.run(scenarios.counts, sizes=[v, d], tied=tied, frozen=frozen)
        want = {name: np.array(count) for name, count in numbers.items()}
        assert_parity(got, Result(got.call, want))


# ---- 06.25 set_seed


@check("06.25", points=2)
def test_seeds(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Equal seeds give equal draws of Python's random, of NumPy and of torch; other seeds, others."""
    one, other = draw.shuffled(range(2, 500))[:2]
    got = learner.run(scenarios.draws_after_seeds, seeds=[one, other, one, 0, 1, 0], draws=8)
    for name in ("random", "numpy", "torch"):
        rows = got[f"draws of {name}"]
        require(rows.shape == (6, 8), f"no draws of {name} came back", got)
        for first, second in ((0, 2), (3, 5)):
            alike = np.array_equal(rows[first], rows[second])
            require(alike, f"after equal seeds, {name} draws differently", got)
        different = [rows[n].tolist() for n in (0, 1, 3, 4)]
        for n, row in enumerate(different):
            require(row not in different[:n], f"after different seeds, {name} draws alike", got)


# ---- 06.26 AverageMeter


@check("06.26", points=3)
def test_averages(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """avg is the mean of all values so far, each with its weight, which is 1 where none is given."""
    drawn = draw.floats(9).tolist()
    for updates in (
        [[1.0, 8], [2.0, 8], [9.0, 3]],
        [[drawn[0]], [drawn[1]], [drawn[2], 5], [drawn[3]], [drawn[4], 2]],
        [[drawn[5], 100], [drawn[6]], [drawn[7], 7], [drawn[8], 1]],
    ):
        values = np.array([update[0] for update in updates])
        weights = np.array([update[1] if len(update) > 1 else 1 for update in updates])
        means = (values * weights).cumsum() / weights.cumsum()
        got = learner.run(scenarios.averages, updates=updates)
        assert_near(got, "average", means)
        assert_near(got, "average of the negated", -means)
