"""Inputs for checks of the trainer: a small model without dropout, and batches of unequal sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .inputs import Array, Draw
from .model_inputs import V, weights
from .model_inputs import config as model_config
from .scenarios.model import HEAD, shapes

Inputs = dict[str, Any]
Batches = list[list[Array]]
SHAPES = ((2, 5), (3, 4), (1, 7))  # of the batches


def config(**changes: Any) -> Inputs:
    """Arguments of a model: one narrow block, no dropout."""
    sizes = {"d_model": 8, "n_heads": 2, "n_layers": 1, "d_ff": 10}
    return model_config(**{**sizes, "dropout": 0.0, **changes})


def batch(draw: Draw, *shape: int) -> list[Array]:
    """Inputs and targets; the targets follow from nothing, so shifting them once more shows."""
    return [draw.integers(0, V, *shape), draw.integers(0, V, *shape)]


def batches(draw: Draw, *shapes: tuple[int, int]) -> Batches:
    """One batch of each shape."""
    return [batch(draw, *shape) for shape in shapes or SHAPES]


def run(draw: Draw, *shapes: tuple[int, int], **changes: Any) -> Inputs:
    """A model and batches to train it on; ``changes`` are of its arguments."""
    given = config(**changes)
    return {"config": given, "weights": weights(draw, given), "batches": batches(draw, *shapes)}


def rows(draw: Draw, count: int, length: int, size: int) -> Inputs:
    """Texts to be shuffled into batches of ``size``."""
    inputs, targets = batch(draw, count, length)
    return {"inputs": inputs, "targets": targets, "size": size}


def by_key(given: Inputs, row: Array) -> dict[str, Array]:
    """The weights that a scenario gives back in one row."""
    wanted = {key: shape for key, shape in shapes(given).items() if not key.endswith(".pe")}
    if given.get("tie_weights", True):
        del wanted[HEAD]
    ends = np.cumsum([int(np.prod(shape)) for shape in wanted.values()])
    parts = np.split(row, ends[:-1])
    return {key: part.reshape(wanted[key]) for key, part in zip(wanted, parts, strict=True)}


def after_adamw_once(weight: Array, gradient: Array, rate: float, decay: float) -> list[Array]:
    """A parameter after the first step of AdamW, decayed before the step or after it.

    Both moving averages are corrected for their start, so that the step is g / (|g| + eps).
    """
    step = rate * gradient / (np.abs(gradient) + 1e-8)
    kept = 1.0 - (rate * decay if weight.ndim > 1 else 0.0)
    return [weight * kept - step, (weight - step) * kept]
