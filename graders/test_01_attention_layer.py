"""Checks of module 01, ``attention.py``, dropout in 01.8 and the layer of 01.9.

What is drawn at random is judged by its distribution, never by the draws.
"""

from __future__ import annotations

import numpy as np

from .attention_inputs import D_V, T_K, T_Q, B, Inputs, qkv, seen_by_all
from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .dropout import assert_weights_dropped
from .inputs import Draw
from .scenarios import attention as scenarios


def one_hot_values(draw: Draw, keys: int = 24) -> Inputs:
    """Inputs whose values are the unit vectors: the output is then the weights that were used."""
    inputs = qkv(draw, B, t_q=20, t_k=keys)
    return inputs | {"value": np.broadcast_to(np.eye(keys), (B, keys, keys)).copy()}


@check("01.8", points=1)
def test_dropout(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A dropout module that is handed in acts on the weights, in training only; the weights that
    are returned are those before it."""
    still = qkv(draw, B) | {"rate": 0.5, "training": False}
    assert_same_runs(learner, reference, scenarios.attend_with_dropout, still)
    inputs = one_hot_values(draw) | {"rate": 0.25, "training": True}
    got = learner.run(scenarios.attend_with_dropout, **inputs)
    assert_weights_dropped(got, reference.run(scenarios.attend_with_dropout, **inputs), 0.25)


# ---- 01.9 Attention


@check("01.9", points=1)
def test_layer_in_evaluation(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """In evaluation the layer is exact, whatever its rate, with its mask, and passes gradients."""
    mask = seen_by_all(draw.booleans(B, T_Q, T_K))
    inputs = qkv(draw, B) | {"cotangent": draw.floats(B, T_Q, D_V), "mask": mask}
    assert_same_runs(learner, reference, scenarios.attention_layer_with_gradients, inputs)
    assert_same_runs(
        learner,
        reference,
        scenarios.attention_layer,
        qkv(draw, B) | {"rate": 0.5, "training": False, "mask": mask},
    )


@check("01.9", points=2)
def test_layer_in_training(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """In training the layer drops weights at its rate, and still returns them as they were."""
    for rate in (0.25, 0.5):
        inputs = one_hot_values(draw) | {"rate": rate, "training": True}
        got = learner.run(scenarios.attention_layer, **inputs)
        assert_weights_dropped(got, reference.run(scenarios.attention_layer, **inputs), rate)


@check("01.9", points=1)
def test_layer_rates(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Rate 0 drops nothing and rate 1 drops all, also in training."""
    assert_same_runs(
        learner,
        reference,
        scenarios.attention_layer,
        qkv(draw, B) | {"rate": 0.0, "training": True},
        qkv(draw, B) | {"rate": 1.0, "training": True},
    )


@check("01.9", points=1)
def test_layer_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A rate below 0 or above 1 is a ValueError when the layer is built."""
    inputs = qkv(draw, B)
    assert_refuses(
        learner,
        reference,
        scenarios.attention_layers,
        draw=draw,
        good=[inputs | {"rate": rate} for rate in (0.0, 0.3, 1.0)],
        bad={f"a rate of {rate}": inputs | {"rate": rate} for rate in (-0.1, 1.5)},
    )
