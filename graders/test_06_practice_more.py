"""Checks of module 06, ``practice/training_loop.py``, 06.17 to 06.20: AdamW, perplexity, the end."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, assert_same_runs, same
from .inputs import Draw
from .scenarios import practice_training_loop as scenarios

# ---- 06.17 adamw_step


def adamw_inputs(draw: Draw, *shape: int, **changes: Any) -> dict[str, Any]:
    """A step in the middle of training, with settings that make each of them felt."""
    return {
        "parameter": draw.floats(*shape),
        "gradient": draw.floats(*shape),
        "mean": draw.floats(*shape),
        "square": abs(draw.floats(*shape)),
        "step": 3,
        "lr": 0.25,
        "betas": [0.75, 0.875],
        "eps": 0.0625,
        "weight_decay": 0.5,
    } | changes


def assert_steps(
    learner: Implementation, reference: Implementation, inputs: dict[str, Any]
) -> None:
    """Parity with the reference, or with it where it decays after the update."""
    got, want = (who.run(scenarios.adamw_step, **inputs) for who in (learner, reference))
    plain = reference.run(scenarios.adamw_step, **{**inputs, "weight_decay": 0.0})
    kept = 1.0 - inputs["lr"] * inputs["weight_decay"]
    late = Result(want.call, {**want.tensors, "parameter": plain["parameter"] * kept})
    if not same(got.tensors, late.tensors):
        assert_parity(got, want)


@check("06.17", points=2)
def test_adamw(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Moments, their correction, the update and eps are right, in the first step and later."""
    zeros = np.zeros((4, 3))
    first = {"step": 1, "mean": zeros, "square": zeros, "weight_decay": 0.0}
    assert_steps(learner, reference, adamw_inputs(draw, 4, 3, **first))
    assert_steps(learner, reference, adamw_inputs(draw, 7, weight_decay=0.0))
    far = {"step": 5000, "lr": 0.5, "betas": [0.5, 0.25], "eps": 0.25, "weight_decay": 0.0}
    assert_steps(learner, reference, adamw_inputs(draw, 2, 5, **far))


@check("06.17", points=2)
def test_decay(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Decay takes a share of the parameter alone, and leaves the moments as they are."""
    still = {"gradient": np.zeros((4, 3)), "mean": np.zeros((4, 3))}
    assert_steps(learner, reference, adamw_inputs(draw, 4, 3, **still))
    assert_steps(learner, reference, adamw_inputs(draw, 4, 3))
    assert_steps(learner, reference, adamw_inputs(draw, 6, step=2, lr=0.125, weight_decay=1.5))


# ---- 06.18 parameter_groups


@check("06.18", points=3)
def test_groups(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Tables and matrices decay, biases and norms do not, and each parameter moves once a step."""
    shapes: dict[str, tuple[int, ...]] = {
        "table": (11, 3),
        "bias": (4,),
        "weight": (4,),
        "inner_matrix": (5, 3),
        "inner_bias_matrix": (2, 5),
        "inner_scale": (),
        "inner_row": (1, 4),
        "inner_norm": (6,),
        "inner_filter": (2, 3, 2),
    }
    for weight_decay in (0.25, 0.125):
        inputs = {
            "values": {name: draw.floats(*shape) for name, shape in shapes.items()},
            "slopes": {name: draw.floats(*shape) for name, shape in shapes.items()},
            "weight_decay": weight_decay,
        }
        assert_same_runs(learner, reference, scenarios.parameter_groups, inputs)


# ---- 06.19 perplexity_of_batches


@check("06.19", points=2, double_only=True)
def test_perplexity_over_batches(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Each token weighs the same, whatever batch it is in; what is too large is infinite."""
    losses = [(4.0 + 2.0 * draw.floats(n)).tolist() for n in (3, 5, 1)]
    calls = [
        {"mean_losses": losses[0], "n_tokens": [8, 8, 3]},
        {"mean_losses": losses[1], "n_tokens": [40, 1, 0, 7, 1000]},
        {"mean_losses": losses[2], "n_tokens": [6]},
        {"mean_losses": [700.0, 709.5], "n_tokens": [1, 3]},
        {"mean_losses": [3000.0, 1.0], "n_tokens": [2, 2]},
        {"mean_losses": [0.0, 0.0], "n_tokens": [5, 2]},
    ]
    assert_same_runs(learner, reference, scenarios.perplexities, {"calls": calls})


@check("06.19", points=1)
def test_perplexity_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Lists of different lengths, and no tokens at all, are a ValueError."""

    def call(mean_losses: list[float], n_tokens: list[int]) -> dict[str, Any]:
        return {"mean_losses": mean_losses, "n_tokens": n_tokens}

    assert_refuses(
        learner,
        reference,
        scenarios.perplexities,
        draw=draw,
        good=[call([1.5, 2.0], [0, 3]), call([0.25], [1])],
        bad={
            "a loss too many": call([1.5, 2.0, 1.0], [4, 3]),
            "a loss too few": call([1.5], [4, 3]),
            "no batches": call([], []),
            "batches without tokens": call([1.5, 2.0], [0, 0]),
        },
    )


# ---- 06.20 EarlyStopping


@check("06.20", points=2)
def test_stops(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """It is time to stop after so many evaluations in a row without an improvement."""
    nan = math.nan
    up_and_down = [4.0, 3.0, 3.5, 2.0, 2.0, 2.0, 2.5, 1.0, 1.5, nan, 1.25, 1.0, 0.5]
    slowly = [4.0, 3.75, 3.5, 3.25, 3.0, 2.75, 2.5, 2.25, 2.0, 1.75, 1.75, 1.75, 1.75]
    stoppers: list[dict[str, Any]] = [
        *({"patience": patience} for patience in (1, 2, 3, 4, 5)),
        *({"patience": patience, "min_delta": 0.5} for patience in (1, 2, 3, 4)),
        {"patience": 2, "min_delta": 0.25},
        {"patience": 2, "min_delta": 0.125},
    ]
    late = [nan, nan, 4.0, nan, 3.0, nan, nan, nan, 1.0, 1.0, 1.0, 1.0, 1.0]
    for series in (up_and_down, slowly, late):
        start = float(draw.integers(0, 32, 1)[0]) / 4
        losses = [np.array(series) + start for _ in stoppers]
        inputs = {"stoppers": stoppers, "losses": losses}
        assert_same_runs(learner, reference, scenarios.early_stopping, inputs)


@check("06.20", points=1)
def test_stopper_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A patience below 1 and a min_delta below 0 are a ValueError."""
    losses = np.array([2.0, 2.0, 1.0])

    def call(**given: Any) -> dict[str, Any]:
        return {"losses": losses, **given}

    assert_refuses(
        learner,
        reference,
        scenarios.early_stopping_in_chosen_calls,
        draw=draw,
        good=[call(patience=1), call(patience=2, min_delta=0.0)],
        bad={
            "a patience of 0": call(patience=0),
            "a patience of -1": call(patience=-1, min_delta=0.5),
            "a min_delta below 0": call(patience=2, min_delta=-0.25),
        },
    )
