"""Checks of module 03, ``feedforward.py``: 03.3.

The square case (d_ff = d_model) has the mistakes that elsewhere raise show themselves in numbers,
by which they are named.
"""

from __future__ import annotations

import numpy as np

from .block_inputs import B, D, F, T, feed_forward_weights, layer
from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, assert_same_runs, require
from .dropout import assert_dropped
from .inputs import Array, Draw
from .scenarios import block as scenarios


def assert_near(got: Result, want: Array) -> None:
    """What came of a multiplication in bfloat16 is as near as that lets it be."""
    require(got["output"].shape == want.shape, "`output` has the wrong shape", got)
    gap = np.linalg.norm(got["output"] - want) / np.linalg.norm(want)
    require(gap < 3e-2, "under autocast, the output is far off", got)


@check("03.3", points=2)
def test_square_layer(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The output is fc2(GELU(fc1(x))), with the exact GELU: as many columns inside as outside."""
    inputs = layer(draw, f=D) | {"x": draw.floats(B, T, D)}
    assert_same_runs(learner, reference, scenarios.feed_forward, inputs)


@check("03.3", points=2)
def test_layer_values(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The output is fc2(GELU(fc1(x))), for any d_ff and any leading dims, also without biases."""
    assert_same_runs(
        learner,
        reference,
        scenarios.feed_forward,
        layer(draw, f=D) | {"x": draw.floats(B, T, D)},
        layer(draw) | {"x": draw.floats(B, T, D)},
        layer(draw, f=7) | {"x": draw.floats(D)},
        layer(draw, f=1) | {"x": draw.floats(B, 3, T, D)},
        layer(draw, d=1) | {"x": draw.floats(B, T, 1)},
        layer(draw) | {"x": draw.floats(1, 1, D)},
        layer(draw) | {"x": draw.floats(B, T, D), "rate": None},
        {
            **layer(draw),
            "weights": feed_forward_weights(draw, bias=False),
            "bias": False,
            "x": draw.floats(B, T, D),
        },
    )


@check("03.3", points=1)
def test_each_position_alone(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Each position is worked on alone: a change of one token changes no other output."""
    inputs = layer(draw, f=D) | {"x": draw.floats(B, T, D)}
    changed = inputs["x"].copy()
    changed[:, 2] = draw.floats(B, D)
    before = learner.run(scenarios.feed_forward, **inputs)
    after = learner.run(scenarios.feed_forward, **(inputs | {"x": changed}))
    if before["output"].shape == after["output"].shape == changed.shape:
        moved = np.abs(after["output"] - before["output"]).max(axis=(0, 2))
        others = np.delete(moved, 2).max()
        require(others < 1e-12, "a change of token 2 has changed the output of other tokens", after)
    assert_parity(after, reference.run(scenarios.feed_forward, **(inputs | {"x": changed})))


@check("03.3", points=2)
def test_layer_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradients of the input and of all four parameters are right."""
    for f in (D, F):
        inputs = layer(draw, f=f) | {"x": draw.floats(B, T, D)}
        assert_same_runs(learner, reference, scenarios.feed_forward, inputs)
        inputs["cotangent"] = draw.floats(B, T, D)
        assert_same_runs(learner, reference, scenarios.feed_forward_with_gradients, inputs)


@check("03.3", points=2)
def test_layer_dropout(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """In training, entries of the output are dropped at the given rate, 0.1 if none is given; in
    evaluation none is. Rate 0 drops nothing and rate 1 all."""
    given = layer(draw) | {"x": draw.floats(B, 40, D)}
    whole = reference.run(scenarios.feed_forward, **given)
    for rate in (0.25, 0.5, None):
        inputs = given | {"rate": rate, "training": True}
        got = learner.run(scenarios.feed_forward, **inputs)
        assert_dropped(got, got["output"], whole["output"], 0.1 if rate is None else rate)
    assert_same_runs(
        learner,
        reference,
        scenarios.feed_forward,
        given | {"rate": 0.0, "training": True},
        given | {"rate": 1.0, "training": True},
        given | {"rate": 0.5, "training": False},
    )


@check("03.3", points=1)
def test_layer_dtypes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """float32 works as well, and so does autocast to bfloat16; the weights are in the state_dict."""
    inputs = layer(draw) | {"x": draw.floats(B, T, D, dtype="float32")}
    assert_same_runs(learner, reference, scenarios.feed_forward, inputs)
    want = reference.run(scenarios.feed_forward, **inputs)["output"]
    del inputs["rate"]
    assert_near(learner.run(scenarios.feed_forward_in_autocast, **inputs), want)
    state = {"d_model": D, "d_ff": F, "weights": feed_forward_weights(draw)}
    assert_same_runs(learner, reference, scenarios.feed_forward_state, state)


@check("03.3", points=1)
def test_layer_used_twice(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Views work like any tensor, and nothing is kept for the next call."""
    inputs = layer(draw) | {"x": draw.floats(B, T, D), "other": draw.floats(3, 4, D)}
    assert_same_runs(learner, reference, scenarios.feed_forward_twice, inputs)


@check("03.3", points=1)
def test_layer_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Widths below 1, a rate out of range and an x of another width are a ValueError."""
    good = layer(draw) | {"x": draw.floats(B, T, D)}
    bare = good | {"weights": {}}
    assert_refuses(
        learner,
        reference,
        scenarios.feed_forward_in_chosen_calls,
        draw=draw,
        good=[good, good | {"rate": 1.0}, layer(draw, f=1) | {"x": draw.floats(T, D)}],
        bad={
            "d_ff of 0": bare | {"d_ff": 0},
            "d_model of 0": bare | {"d_model": 0, "x": draw.floats(B, T, 0)},
            "d_model of -3": bare | {"d_model": -3},
            "a rate of 1.5": good | {"rate": 1.5},
            "a rate of -0.1": good | {"rate": -0.1},
            "an x as wide as d_ff": good | {"x": draw.floats(B, T, F)},
            "an x one column too wide": good | {"x": draw.floats(B, T, D + 1)},
        },
    )
