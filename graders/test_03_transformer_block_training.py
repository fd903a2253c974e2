"""Checks of module 03, ``transformer_block.py``: 03.9, dropout, judged by its distribution.

One part of the block at a time is made to speak: the others have weights of 0.
"""

from __future__ import annotations

import numpy as np

from .block_inputs import D, H, block, silenced
from .calls import Implementation
from .check import check
from .compare import assert_same_runs, close, require
from .dropout import assert_dropped
from .inputs import Draw
from .scenarios import block as scenarios


@check("03.9", points=2, double_only=True)
def test_branch_dropout(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """In training, what each branch adds is dropped once, at the rate given, 0.1 if none is; rate 0
    drops nothing and rate 1 all, and in evaluation there is no dropout."""
    inputs = block(draw) | {"x": draw.floats(4, 40, D)}
    weights, x = inputs["weights"], inputs["x"]
    # all that a branch says then is the last bias in it
    branches = {
        "self_attn.W_o.bias": silenced(weights, "self_attn.W_v", "feed_forward.fc2"),
        "feed_forward.fc2.bias": silenced(weights, "self_attn.W_o", "feed_forward.fc2.weight"),
    }
    for key, given in branches.items():
        for rate in (0.25, None):
            run = inputs | {"weights": given, "rate": rate, "training": True}
            got = learner.run(scenarios.transform, **run)
            require(got["output"].shape == x.shape, "`output` has the wrong shape", got)
            added = got["output"] - x
            branch = "entries that the attention adds to x"
            if key.startswith("feed_forward"):
                branch = "entries that the feed-forward layer adds to x"
            whole = np.broadcast_to(weights[key], x.shape)
            added[close(added, np.zeros_like(x))] = 0.0
            assert_dropped(got, added, whole, 0.1 if rate is None else rate, branch)
    short = inputs | {"x": x[:, :5]}
    runs = [short | {"rate": rate, "training": True} for rate in (0.0, 1.0)]
    assert_same_runs(learner, reference, scenarios.transform, *runs, short | {"rate": 0.5})


@check("03.9", points=1)
def test_attention_dropout(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """In training, the attention inside drops its weights too, at the same rate, and the weights
    that are returned are those before it."""
    rate, sequences, d_k = 0.5, 400, D // H
    inputs = block(draw) | {"x": draw.floats(sequences, 1, D)}
    weights = silenced(inputs["weights"], "self_attn.W_o", "feed_forward.fc2")
    weights["self_attn.W_o.weight"] = np.eye(D)  # each head's columns are its own
    inputs["weights"] = weights
    x, whole = inputs["x"], reference.run(scenarios.transform, **inputs)["output"]
    for scenario in (scenarios.transform, scenarios.transform_and_show):
        got = learner.run(scenario, **(inputs | {"rate": rate, "training": True}))
        require(got["output"].shape == x.shape, "`output` has the wrong shape", got)
        # the only weight of a head is 1: dropped, it takes all columns of the head with it
        added = got["output"] - x
        zero = close(added, np.zeros_like(x))
        right = close(added, (whole - x) / (1 - rate) ** 2)
        problem = (
            "in training, what the attention adds is either 0 or divided by 1 - rate twice: once for "
            "its weights, once for the branch; here some of it is neither"
        )
        require((zero | right).all(), problem, got)
        silent = zero.reshape(sequences * H, d_k).all(axis=1)
        expected = rate + (1 - rate) * rate**d_k
        spread = np.sqrt(expected * (1 - expected) / silent.size)
        problem = (
            f"a share of {silent.mean():.3f} of the attention weights was dropped, expected {rate}"
        )
        require(abs(silent.mean() - expected) < 6 * spread, problem, got)
        together = (silent - expected) * (np.roll(silent, 1) - expected)
        bound = 6 * expected * (1 - expected) / np.sqrt(silent.size)
        problem = "weights of different heads or sequences are dropped together"
        require(abs(together.mean()) < bound, problem, got)
    short = {key: value[:3] if key == "x" else value for key, value in inputs.items()}
    assert_same_runs(learner, reference, scenarios.transform_and_show, short)
    asked = learner.run(scenarios.transform_and_show, **(short | {"rate": rate, "training": True}))
    shown = asked.tensors.get("weights")
    require(
        shown is not None and shown.shape == (3, H, 1, 1), "`weights` has the wrong shape", asked
    )
    require(close(asked["weights"], np.ones((3, H, 1, 1))).all(), "`weights` were dropped", asked)
