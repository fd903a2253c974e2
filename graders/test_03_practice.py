"""Checks of module 03, ``practice/block.py``: feed-forward layers and layer norm.

A square case stands first where a mistake raises elsewhere, so that it shows itself in numbers, by
which it is named.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .block_inputs import B, D, F, Inputs, T
from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Draw
from .scenarios import practice_block as scenarios


def scaled(draw: Draw, shapes: Mapping[str, tuple[int, ...]], dtype: str) -> Inputs:
    """Weights by shape, so small that outputs are as large as inputs: float32 stays within 1e-5."""
    made = {name: draw.floats(*shape) / np.sqrt(shape[-1]) for name, shape in shapes.items()}
    return {name: array.astype(dtype) for name, array in made.items()}


def relu_inputs(draw: Draw, *batch: int, d: int = D, f: int = F, dtype: str = "float64") -> Inputs:
    """x [*batch, d], and weights and biases of two layers."""
    shapes = {"w1": (f, d), "b1": (f,), "w2": (d, f), "b2": (d,)}
    return {"x": draw.floats(*batch, d, dtype=dtype)} | scaled(draw, shapes, dtype)


def gated_inputs(draw: Draw, *batch: int, d: int = D, f: int = F, dtype: str = "float64") -> Inputs:
    """x [*batch, d], and the three weights of a gated layer."""
    shapes = {"gate": (f, d), "up": (f, d), "down": (d, f)}
    return {"x": draw.floats(*batch, d, dtype=dtype)} | scaled(draw, shapes, dtype)


def norm_inputs(draw: Draw, *shape: int, dtype: str = "float64") -> Inputs:
    """x of a shape, and a gamma and a beta for its last axis."""
    sizes = {"x": shape, "gamma": shape[-1:], "beta": shape[-1:]}
    return {name: draw.floats(*size, dtype=dtype) for name, size in sizes.items()}


# ---- 03.1 relu_feed_forward


@check("03.1", points=1)
def test_relu_layer(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The output is w2 ReLU(w1 x + b1) + b2 for each token, with the right gradients."""
    assert_same_runs(
        learner,
        reference,
        scenarios.relu_feed_forward,
        relu_inputs(draw, B, D, f=D),
        relu_inputs(draw, B, T),
        relu_inputs(draw),
        relu_inputs(draw, 2, 3, T, f=1),
        relu_inputs(draw, B, T, dtype="float32"),
    )
    inputs = relu_inputs(draw, B, T) | {"cotangent": draw.floats(B, T, D)}
    assert_same_runs(learner, reference, scenarios.relu_feed_forward_with_gradients, inputs)


@check("03.1", points=1)
def test_relu_layer_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """An x of another width than that of w1 is a ValueError, and any number of tokens is not."""
    good = relu_inputs(draw, B, T)
    assert_refuses(
        learner,
        reference,
        scenarios.relu_feed_forward_in_chosen_calls,
        draw=draw,
        good=[good, good | {"x": draw.floats(1, D)}, relu_inputs(draw, T, f=D)],
        bad={
            "an x one column too wide": good | {"x": draw.floats(B, T, D + 1)},
            "an x as wide as the inside": good | {"x": draw.floats(B, T, F)},
        },
    )


# ---- 03.2 gelu


@check("03.2", points=1)
def test_gelu(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each entry is multiplied by the chance that a standard normal variable is below it: exactly."""
    assert_same_runs(
        learner,
        reference,
        scenarios.gelu,
        {"x": draw.floats(B, T, D)},
        {"x": draw.floats(7) * 3},
        {"x": draw.floats(B, T, dtype="float32")},
    )
    inputs = {"x": draw.floats(B, T, D), "cotangent": draw.floats(B, T, D)}
    assert_same_runs(learner, reference, scenarios.gelu_with_gradients, inputs)


@check("03.2", points=1)
def test_gelu_far_out(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Entries of thousands give 0 or themselves, and gradients of 0 or 1; 0 gives 0."""
    x = np.array([0.0, 1e-3, -1e-3, 40.0, -40.0, 4096.0, -4096.0, 1e4, -1e4])
    mixed = np.concatenate([x, draw.floats(6)])
    assert_same_runs(learner, reference, scenarios.gelu, {"x": mixed})
    inputs = {"x": mixed, "cotangent": draw.floats(mixed.size)}
    assert_same_runs(learner, reference, scenarios.gelu_with_gradients, inputs)


# ---- 03.4 mean_and_variance


@check("03.4", points=1)
def test_statistics(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Mean and variance are of each token alone, [..., 1], with the sum divided by D."""
    assert_same_runs(
        learner,
        reference,
        scenarios.mean_and_variance,
        {"x": draw.floats(D, D, D)},
        {"x": draw.floats(B, T, D)},
        {"x": draw.floats(D)},
        {"x": draw.floats(B, T, D, dtype="float32")},
    )
    inputs = {"x": draw.floats(B, T, D), "cotangent": draw.floats(B, T, 1)}
    assert_same_runs(learner, reference, scenarios.mean_and_variance_with_gradients, inputs)


@check("03.4", points=1)
def test_statistics_far_out(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Tokens of width 1 have variance 0, and a large mean does not drown a small variance."""
    far = draw.floats(B, T, D) / 256 + 65536.0
    assert_same_runs(
        learner,
        reference,
        scenarios.mean_and_variance,
        {"x": draw.floats(B, T, 1)},
        {"x": draw.floats(B, T, D)},
        {"x": far},
        {"x": np.full((B, T, 6), 3.0)},
    )


# ---- 03.5 layer_norm


@check("03.5", points=2)
def test_norm(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each token has its mean taken away, is divided by sqrt(variance + eps), multiplied by gamma,
    and beta is added; any eps, any leading dims."""
    assert_same_runs(
        learner,
        reference,
        scenarios.layer_norm,
        norm_inputs(draw, T, T, T) | {"eps": 0.1},
        norm_inputs(draw, B, T, D) | {"eps": 0.1},
        norm_inputs(draw, D) | {"eps": 0.5},
        norm_inputs(draw, B, T, D, dtype="float32") | {"eps": 0.1},
    )
    inputs = norm_inputs(draw, B, T, D) | {"eps": 0.1, "cotangent": draw.floats(B, T, D)}
    assert_same_runs(learner, reference, scenarios.layer_norm_with_gradients, inputs)


@check("03.5", points=1)
def test_norm_of_alike(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A token whose entries are all alike gives beta, never NaN, and eps is 1e-5 if none is given."""
    inputs = norm_inputs(draw, B, T, D)
    inputs["x"][0, 1] = 3.0
    inputs["x"][1] /= 256.0  # so small that eps counts
    inputs["x"][1, 2] = 0.0
    assert_same_runs(learner, reference, scenarios.layer_norm, inputs, norm_inputs(draw, 3, 1))
    inputs |= {"eps": 0.1, "cotangent": draw.floats(B, T, D)}
    assert_same_runs(learner, reference, scenarios.layer_norm_with_gradients, inputs)


@check("03.5", points=1)
def test_norm_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A gamma or a beta that is not [D] is a ValueError, also where it would broadcast."""
    good = norm_inputs(draw, B, T, D) | {"eps": 0.1}
    assert_refuses(
        learner,
        reference,
        scenarios.layer_norm_in_chosen_calls,
        draw=draw,
        good=[good, norm_inputs(draw, T, 1) | {"eps": 0.1}, norm_inputs(draw, D) | {"eps": 0.2}],
        bad={
            "a gamma of one number": good | {"gamma": draw.floats(1)},
            "a gamma as long as the sequence": good | {"gamma": draw.floats(T)},
            "a gamma for each token": good | {"gamma": draw.floats(T, D)},
            "a beta of one number": good | {"beta": draw.floats(1)},
            "a beta one too long": good | {"beta": draw.floats(D + 1)},
        },
    )


# ---- 03.14 swiglu_feed_forward


@check("03.14", points=2)
def test_gated(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The output is down (SiLU(gate x) * (up x)) for each token, with the right gradients."""
    assert_same_runs(
        learner,
        reference,
        scenarios.swiglu_feed_forward,
        gated_inputs(draw, B, D, f=D),
        gated_inputs(draw, B, T),
        gated_inputs(draw),
        gated_inputs(draw, 2, 3, T, f=1),
        gated_inputs(draw, B, T, dtype="float32"),
    )
    inputs = gated_inputs(draw, B, T) | {"cotangent": draw.floats(B, T, D)}
    assert_same_runs(learner, reference, scenarios.swiglu_feed_forward_with_gradients, inputs)


@check("03.14", points=1)
def test_gated_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """An x of another width, or a gate and an up of different shapes, are a ValueError."""
    good = gated_inputs(draw, B, T)
    assert_refuses(
        learner,
        reference,
        scenarios.swiglu_feed_forward_in_chosen_calls,
        draw=draw,
        good=[good, good | {"x": draw.floats(1, D)}, gated_inputs(draw, T, f=D)],
        bad={
            "an x one column too wide": good | {"x": draw.floats(B, T, D + 1)},
            "a gate of one row": good | {"gate": draw.floats(1, D)},
            "an up of one row": good | {"up": draw.floats(1, D)},
        },
    )
