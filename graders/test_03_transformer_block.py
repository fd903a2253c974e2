"""Checks of module 03, ``transformer_block.py``: 03.9, the block in evaluation."""

from __future__ import annotations

import numpy as np

from .attention_inputs import additive, seen_by_all
from .block_inputs import CAUSAL, B, D, F, H, Inputs, T, block, block_weights, silenced
from .calls import Implementation
from .check import check
from .compare import assert_parity, assert_refuses, assert_same_runs, require
from .inputs import Array, Draw
from .outcomes import RefusalCode
from .scenarios import block as scenarios
from .test_03_feedforward import assert_near

SILENT = ("self_attn.W_o", "feed_forward.fc2")


def both_ways(learner: Implementation, reference: Implementation, *runs: Inputs) -> None:
    """Parity, with the weights asked for and not, where other code may run."""
    made = [{"masks": [None], **inputs} for inputs in runs]
    assert_same_runs(learner, reference, scenarios.transform_both_ways, *made)


@check("03.9", points=3)
def test_block_values(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """To x is added attention of norm1(x), and to that feed_forward of norm2 of it."""
    both_ways(
        learner,
        reference,
        block(draw) | {"x": draw.floats(B, T, D)},
        block(draw, n_heads=1) | {"x": draw.floats(3, 1, D)},
        block(draw, n_heads=D) | {"x": draw.floats(1, 7, D)},
    )


@check("03.9", points=1)
def test_block_without_bias(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """`bias=False` takes the biases from all six linear layers; weights are returned on request."""
    inputs = block(draw) | {"weights": block_weights(draw, bias=False), "bias": False}
    inputs["x"] = draw.floats(B, T, D)
    assert_same_runs(learner, reference, scenarios.transform_and_show, inputs)
    assert_same_runs(learner, reference, scenarios.transform, inputs)


@check("03.9", points=2)
def test_silent_block(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """With sublayers that give zeros, one of them or both, their part of x passes as it is."""
    inputs = block(draw) | {"x": draw.floats(B, T, D)}
    weights = inputs["weights"]
    quiet = inputs | {"weights": silenced(weights, *SILENT)}
    got = learner.run(scenarios.transform, **quiet)
    if got["output"].shape == inputs["x"].shape:
        gap = np.abs(got["output"] - inputs["x"]).max()
        problem = "with silent sublayers (all output projections 0), the block does not return x"
        require(gap < 1e-12, problem, got)
    halves = [inputs | {"weights": silenced(weights, key)} for key in SILENT]
    both_ways(learner, reference, quiet, *halves)


@check("03.9", points=2)
def test_block_masks(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Every kind of mask reaches the attention, also one that hides all keys from a query."""
    hidden = seen_by_all(draw.booleans(B, T, T))
    alone = hidden.copy()
    alone[0, 1] = alone[1, 3] = False
    each_head = seen_by_all(draw.booleans(B, H, T, T))
    masks: list[Array | None] = [
        CAUSAL,
        additive(CAUSAL),
        hidden,
        additive(hidden, "float32"),
        seen_by_all(draw.booleans(B, 1, 1, T)),
        each_head,
        draw.floats(B, 1, T, T),
        alone,
        additive(alone),
    ]
    inputs = block(draw) | {"x": draw.floats(B, T, D)}
    both_ways(learner, reference, inputs | {"masks": masks})
    three = {"x": draw.floats(H, T, D), "masks": [seen_by_all(draw.booleans(H, T, T))]}
    both_ways(learner, reference, inputs | three)


@check("03.9", points=2)
def test_causality(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Under a causal mask, a change of one token changes no output before it."""
    changed_token = 3
    ways = ((scenarios.transform, CAUSAL), (scenarios.transform_and_show, additive(CAUSAL)))
    for scenario, mask in ways:
        inputs = block(draw) | {"x": draw.floats(B, T, D), "mask": mask}
        later = inputs["x"].copy()
        later[:, changed_token] = draw.floats(B, D)
        before = learner.run(scenario, **inputs)
        after = learner.run(scenario, **(inputs | {"x": later}))
        if before["output"].shape == after["output"].shape == later.shape:
            moved = np.abs(after["output"] - before["output"])[:, :changed_token].max()
            problem = f"a change of token {changed_token} has changed outputs before it"
            require(moved < 1e-12, problem, after)
        assert_parity(after, reference.run(scenario, **(inputs | {"x": later})))


@check("03.9", points=3)
def test_block_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradients of x and of all sixteen parameters are right, with and without a mask."""
    alone = seen_by_all(draw.booleans(B, T, T))
    alone[0, 1] = False
    inputs = block(draw) | {"x": draw.floats(B, T, D)}
    assert_same_runs(learner, reference, scenarios.transform, inputs)
    for mask, asked in ((None, False), (CAUSAL, True), (CAUSAL, False), (alone, False)):
        inputs = block(draw) | {"x": draw.floats(B, T, D), "mask": mask, "asked": asked}
        inputs["cotangent"] = draw.floats(B, T, D)
        assert_same_runs(learner, reference, scenarios.transform_with_gradients, inputs)


@check("03.9", points=1)
def test_block_dtypes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """float32 works as well, and so does autocast to bfloat16; the weights are in the state_dict."""
    inputs = block(draw) | {"x": draw.floats(B, T, D, dtype="float32")}
    masks = [None, CAUSAL, additive(CAUSAL, "float32")]
    both_ways(learner, reference, inputs | {"masks": masks})
    inputs["mask"] = CAUSAL
    want = reference.run(scenarios.transform, **inputs)["output"]
    del inputs["rate"]
    assert_near(learner.run(scenarios.transform_in_autocast, **inputs), want)
    state = {"d_model": D, "n_heads": H, "d_ff": F, "weights": block_weights(draw)}
    assert_same_runs(learner, reference, scenarios.block_state, state)


@check("03.9", points=1)
def test_block_used_twice(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Views work like any tensor, x and mask stay as they are, and nothing is kept for later calls."""
    for mask in (CAUSAL, additive(CAUSAL), seen_by_all(draw.booleans(B, T, T))):
        inputs = block(draw) | {"x": draw.floats(B, T, D), "other": draw.floats(1, 8, D)}
        inputs["mask"] = mask
        assert_same_runs(learner, reference, scenarios.transform_twice, inputs)


@check("03.9", points=2)
def test_block_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Sizes, rates, inputs and masks that do not fit are refused; others are not."""
    good = block(draw) | {"x": draw.floats(B, T, D)}
    bare = good | {"weights": {}}
    short = {"mask": np.ones((T, T - 1), dtype=bool)}
    assert_refuses(
        learner,
        reference,
        scenarios.transform_in_chosen_calls,
        draw=draw,
        good=[good, good | {"mask": CAUSAL, "asked": True}, good | {"rate": 1.0, "n_heads": 4}],
        bad={
            "5 heads for a width of 12": bare | {"n_heads": 5},
            "d_ff of 0": bare | {"d_ff": 0},
            "a rate of 1.5": good | {"rate": 1.5},
            "an x of another width": good | {"x": draw.floats(B, T, D + 1)},
            "an x of width 1": good | {"x": draw.floats(B, T, 1)},
            "a mask one column short": good | short,
            "a mask one column short, with weights asked for": good | short | {"asked": True},
        },
    )
    whole = good | {"mask": CAUSAL.astype("int64")}
    assert_refuses(
        learner,
        reference,
        scenarios.transform_in_chosen_calls,
        draw=draw,
        good=[good | {"mask": CAUSAL}, good | {"mask": draw.floats(T, T), "asked": True}],
        bad={
            "a mask of integers 0 and 1": whole,
            "a mask of integers 0 and 1, with weights asked for": whole | {"asked": True},
        },
        allowed=(RefusalCode.VALUE_ERROR, RefusalCode.TYPE_ERROR),
    )
