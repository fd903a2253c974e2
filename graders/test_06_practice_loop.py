"""Checks of module 06, ``practice/training_loop.py``, 06.8 to 06.16: rates, losses, gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Array, Draw
from .scenarios import practice_training_loop as scenarios

B, T, V, D = 2, 5, 11, 3

# ---- 06.8 warmup_factor


@check("06.8", points=2)
def test_warmup(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The factor goes from 0 at step 0 in equal steps to 1, and stays there."""
    cases = [(step, 8) for step in range(13)] + [(0, 1), (1, 1), (2, 1)]
    cases += [(0, 0), (1, 0), (5, 0), (10**6, 3), (1, 10**6)]
    assert_refuses(
        learner,
        reference,
        scenarios.warmup_factors,
        draw=draw,
        good=[{"step": step, "warmup_steps": steps} for step, steps in cases],
        bad={
            "a step below 0": {"step": -1, "warmup_steps": 8},
            "a step below 0, no warm-up": {"step": -3, "warmup_steps": 0},
            "warm-up steps below 0": {"step": 2, "warmup_steps": -1},
        },
    )


# ---- 06.9 cosine_decay


@check("06.9", points=2)
def test_cosine(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The rate goes from the peak to the lowest on half a cosine, and stays there."""
    peak, low = 3.0 + float(draw.floats(1)[0]) / 4, 1.0 + float(draw.floats(1)[0]) / 4
    given = {"peak_lr": peak, "min_lr": low}
    runs = [
        [{"step": step, "total_steps": 12, **given} for step in range(16)],
        [{"step": step, "total_steps": 7, "peak_lr": peak} for step in range(10)],
        [{"step": step, "total_steps": 1, **given} for step in (0, 1, 2, 500)],
    ]
    assert_same_runs(learner, reference, scenarios.cosine_decays, *({"calls": r} for r in runs))


@check("06.9", points=1)
def test_cosine_factor_refuses(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """A step below 0, fewer than one step in all, and a lowest above the peak are a ValueError."""

    def call(step: int, total_steps: int, peak_lr: float, min_lr: float) -> dict[str, Any]:
        return {"step": step, "total_steps": total_steps, "peak_lr": peak_lr, "min_lr": min_lr}

    assert_refuses(
        learner,
        reference,
        scenarios.cosine_decays,
        draw=draw,
        good=[call(0, 9, 2.0, 0.5), call(3, 9, 2.0, 2.0), call(0, 1, 2.0, 0.5)],
        bad={
            "a step of -1": call(-1, 9, 2.0, 0.5),
            "no steps": call(0, 0, 2.0, 0.5),
            "fewer steps than none": call(2, -4, 2.0, 0.5),
            "a min_lr above the peak_lr": call(3, 9, 2.0, 2.25),
        },
    )


# ---- 06.13 loss_without_padding


def padded_targets(draw: Draw, pad: int, lengths: list[int], width: int = T) -> Array:
    """A row for each length: as many targets of the vocabulary, but not the padding, then padding."""
    ids = [token for token in range(V) if token != pad]
    chosen = draw.integers(0, len(ids), len(lengths), width)
    targets = np.array(ids)[chosen]
    for row, length in enumerate(lengths):
        targets[row, length:] = pad
    return targets


@check("06.13", points=1)
def test_unpadded_mean(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The mean is over the targets that are no padding, whatever the id of the padding is."""
    runs: list[dict[str, Any]] = []
    for pad, lengths in ((0, [3, 1]), (V - 1, [5, 2, 0]), (-100, [4, 2]), (4, [1]), (3, [5, 5])):
        logits = draw.floats(len(lengths), T, V)
        targets = padded_targets(draw, pad, lengths)
        runs.append({"logits": logits, "targets": targets, "pad_token_id": pad})
    runs.append({**runs[0], "logits": runs[0]["logits"].astype("float32")})
    assert_same_runs(learner, reference, scenarios.loss_without_padding, *runs)


@check("06.13", points=1)
def test_unpadded_extremes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Scores of thousands do not overflow; padding gets a gradient of 0, the rest the right one."""
    inputs: dict[str, Any] = {
        "logits": draw.floats(B, T, V),
        "targets": padded_targets(draw, 0, [4, 2]),
        "pad_token_id": 0,
    }
    loud = {**inputs, "logits": inputs["logits"] * 4096.0}
    assert_same_runs(learner, reference, scenarios.loss_without_padding, loud)
    scenario = scenarios.loss_without_padding_with_gradients
    assert_same_runs(learner, reference, scenario, inputs | {"cotangent": np.array(1.5)})


@check("06.13", points=1)
def test_unpadded_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Targets that are all padding are a ValueError."""

    def call(pad: int, lengths: list[int]) -> dict[str, Any]:
        targets = padded_targets(draw, pad, lengths)
        return {"logits": draw.floats(B, T, V), "targets": targets, "pad_token_id": pad}

    assert_refuses(
        learner,
        reference,
        scenarios.loss_without_padding_in_chosen_calls,
        draw=draw,
        good=[call(2, [1, 0]), call(-100, [0, 3])],
        bad={"nothing but padding": call(2, [0, 0]), "nothing but -100": call(-100, [0, 0])},
    )


# ---- 06.14 train_step


def model_weights(draw: Draw) -> dict[str, Array]:
    """Weights, or gradients, for a table and a layer."""
    return {
        "0.weight": draw.floats(V, D),
        "1.weight": draw.floats(V, D),
        "1.bias": draw.floats(V),
    }


def train_inputs(draw: Draw, max_norm: float) -> dict[str, Any]:
    """Two batches of different sizes for a model with old gradients."""
    batches = [
        {"inputs": draw.integers(0, V, *shape), "targets": draw.integers(0, V, *shape)}
        for shape in ((B, T), (3, 4))
    ]
    return {
        "weights": model_weights(draw),
        "leftover": model_weights(draw),
        "batches": batches,
        "max_norm": max_norm,
    }


@check("06.14", points=2)
def test_step(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A step follows the gradient of its batch alone, and gives the loss from before it."""
    assert_same_runs(learner, reference, scenarios.train_steps, train_inputs(draw, max_norm=64.0))


@check("06.14", points=2)
def test_step_clips(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The optimizer sees gradients whose norm, all together, is at most max_norm."""
    assert_same_runs(learner, reference, scenarios.train_steps, train_inputs(draw, max_norm=0.0625))


# ---- 06.15 clip_by_global_norm


def norm(gradients: list[Array]) -> float:
    """Of all gradients together."""
    return float(np.sqrt(sum((gradient**2).sum() for gradient in gradients)))


@check("06.15", points=2)
def test_clip(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Long gradients, taken together, are scaled down to max_norm by one factor."""
    loud, quiet, bias = draw.floats(4, 3) * 8.0, draw.floats(2, 5) * 0.125, draw.floats(7)
    several = [loud, quiet, bias]
    assert_same_runs(
        learner,
        reference,
        scenarios.clip_by_global_norm,
        {"gradients": several, "max_norm": norm(several) * 0.25},
        {"gradients": several, "max_norm": norm(several) * 0.875},
        {"gradients": [draw.floats(3, 2, 4)], "max_norm": 0.5},
    )


@check("06.15", points=1)
def test_clip_short(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Short gradients and zeros stay as they are; a bound that is not above 0 is a ValueError."""
    several = [draw.floats(4, 3), draw.floats(7) * 0.25]
    zeros = [np.zeros((2, 3)), np.zeros(4)]
    bounds = {"at the edge": 1.0 + 2**-10, "far away": 3.0}
    good = [{"gradients": several, "max_norm": norm(several) * far} for far in bounds.values()]
    assert_refuses(
        learner,
        reference,
        scenarios.clip_by_global_norm_in_chosen_calls,
        draw=draw,
        good=[*good, {"gradients": zeros, "max_norm": 1.5}],
        bad={
            f"a max_norm of {bound}": {"gradients": several, "max_norm": bound}
            for bound in (0.0, -1.0)
        },
    )


# ---- 06.16 accumulate_gradients


def parts_of(draw: Draw, pad: int, lengths: list[list[int]]) -> list[dict[str, Array]]:
    """For each part, inputs and targets with rows of these lengths, padded to different widths."""
    parts = []
    for number, rows in enumerate(lengths):
        targets = padded_targets(draw, pad, rows, width=T + number)
        parts.append({"inputs": draw.integers(0, V, *targets.shape), "targets": targets})
    return parts


@check("06.16", points=2)
def test_parts(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Loss and gradients are those of the whole, for parts with different numbers of targets."""
    runs = []
    for pad, lengths in ((0, [[5, 2], [1], [4, 0, 3]]), (-100, [[3], [6, 6]]), (V - 1, [[2, 4]])):
        weights, leftover = model_weights(draw), model_weights(draw)
        parts = parts_of(draw, pad, lengths)
        given = {"weights": weights, "leftover": leftover, "parts": parts, "pad_token_id": pad}
        runs.append(given)
    assert_same_runs(learner, reference, scenarios.accumulate_gradients, *runs)


@check("06.16", points=1)
def test_padded_part(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A part that is all padding changes nothing."""
    given = {
        "weights": model_weights(draw),
        "leftover": model_weights(draw),
        "parts": parts_of(draw, 0, [[3, 1], [0, 0], [5]]),
        "pad_token_id": 0,
    }
    assert_same_runs(learner, reference, scenarios.accumulate_gradients, given)
