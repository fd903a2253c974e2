"""Checks of module 03, ``practice/block.py``: residual streams, stacks, counting, gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from .block_inputs import B, D, F, Inputs, T, Weights, linear
from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Draw
from .scenarios import practice_block as scenarios


def sublayer_inputs(draw: Draw, *batch: int, d: int = D, dtype: str = "float64") -> Inputs:
    """x [*batch, d] and the weight of a sublayer that keeps its width."""
    return {"x": draw.floats(*batch, d, dtype=dtype), "weight": draw.floats(d, d, dtype=dtype)}


def norm_runs(draw: Draw, symbol: str) -> list[Inputs]:
    """Runs of ``pre_ln`` or ``post_ln``; in the last the sublayer gives zeros."""
    made = [
        sublayer_inputs(draw, B, T),
        sublayer_inputs(draw),
        sublayer_inputs(draw, B, T, dtype="float32"),
        sublayer_inputs(draw, B, T) | {"weight": np.zeros((D, D))},
    ]
    runs = []
    for inputs in made:
        gamma = 1.0 + draw.floats(D, dtype=str(inputs["x"].dtype)) / 4
        runs.append(inputs | {"symbol": symbol, "gamma": gamma})
    return runs


# ---- 03.6 add_residual


@check("03.6", points=1)
def test_residual(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The output is x + sublayer(x), x stays as it was, and the gradient takes both ways."""
    assert_same_runs(
        learner,
        reference,
        scenarios.add_residual,
        sublayer_inputs(draw, B, T),
        sublayer_inputs(draw),
        sublayer_inputs(draw, B, T, dtype="float32"),
    )
    inputs = sublayer_inputs(draw, B, T) | {"cotangent": draw.floats(B, T, D)}
    assert_same_runs(learner, reference, scenarios.add_residual_with_gradients, inputs)


@check("03.6", points=1)
def test_residual_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A sublayer that changes the shape is a ValueError, also where both could be added."""
    good = sublayer_inputs(draw, B, T)
    assert_refuses(
        learner,
        reference,
        scenarios.add_residual_in_chosen_calls,
        draw=draw,
        good=[good, sublayer_inputs(draw, T, d=1)],
        bad={
            "a sublayer that gives one column": good | {"weight": draw.floats(1, D)},
            "a sublayer that gives one column more": good | {"weight": draw.floats(D + 1, D)},
            "a sublayer that widens 1 to D": {
                "x": draw.floats(B, T, 1),
                "weight": draw.floats(D, 1),
            },
        },
    )


# ---- 03.7 pre_ln, 03.8 post_ln


@check("03.7", points=1)
def test_norm_first(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The output is x + sublayer(norm(x)): x itself, where the sublayer gives zeros."""
    assert_same_runs(learner, reference, scenarios.one_sublayer, *norm_runs(draw, "pre_ln"))


@check("03.7", points=1)
def test_norm_first_gradients(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """The gradient takes the stream and the way through norm and sublayer."""
    inputs = norm_runs(draw, "pre_ln")[0]
    assert_same_runs(learner, reference, scenarios.one_sublayer, inputs)
    inputs["cotangent"] = draw.floats(B, T, D)
    assert_same_runs(learner, reference, scenarios.one_sublayer_with_gradients, inputs)


@check("03.8", points=1)
def test_norm_last(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The output is norm(x + sublayer(x)): a normalised x, where the sublayer gives zeros."""
    assert_same_runs(learner, reference, scenarios.one_sublayer, *norm_runs(draw, "post_ln"))


@check("03.8", points=1)
def test_norm_last_gradients(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """The gradient of x goes through the norm, whichever way it takes."""
    inputs = norm_runs(draw, "post_ln")[0]
    assert_same_runs(learner, reference, scenarios.one_sublayer, inputs)
    inputs["cotangent"] = draw.floats(B, T, D)
    assert_same_runs(learner, reference, scenarios.one_sublayer_with_gradients, inputs)


# ---- 03.10 fixed_block: no bug can be left in any check but the first


def bug_inputs(draw: Draw, *batch: int) -> Inputs:
    """Inputs of a block whose two norms are not alike."""
    inputs = sublayer_inputs(draw, *batch, T) | {"mixer": draw.floats(T, T)}
    gammas = {name: 1.0 + draw.floats(D) / 4 for name in ("gamma1", "gamma2")}
    return inputs | gammas


@check("03.10", points=1)
def test_fixed_halves(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each half adds to what it has read: right with two norms that are alike."""
    for inputs in (bug_inputs(draw, B), bug_inputs(draw) | {"weight": np.zeros((D, D))}):
        alike = inputs | {"gamma2": inputs["gamma1"]}
        assert_same_runs(learner, reference, scenarios.fixed_block, alike)


@check("03.10", points=1)
def test_fixed_norms(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """norm1 follows the first sum and norm2 the second, and x is as it was after the call."""
    runs = (bug_inputs(draw, B), bug_inputs(draw), bug_inputs(draw, 2, 3))
    assert_same_runs(learner, reference, scenarios.fixed_block, *runs)


@check("03.10", points=1)
def test_fixed_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradient of x is right, so x is not written into."""
    inputs = bug_inputs(draw, B)
    assert_same_runs(learner, reference, scenarios.fixed_block, inputs)
    inputs["cotangent"] = draw.floats(B, T, D)
    assert_same_runs(learner, reference, scenarios.fixed_block_with_gradients, inputs)


# ---- 03.11 count_block_parameters


@check("03.11", points=2)
def test_count(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The number is that of all parameters, of any number of blocks, with biases and without."""
    sizes: list[dict[str, Any]] = [{"d_model": 1, "d_ff": 1}, {"d_model": D, "d_ff": F}]
    for _ in range(3):
        d, f, n = (int(number) for number in draw.integers(2, 700, 3))
        sizes += [{"d_model": d, "d_ff": f}, {"d_model": d, "d_ff": f, "n_blocks": n}]
        sizes.append({"d_model": d, "d_ff": f, "n_blocks": n, "bias": False})
    assert_same_runs(learner, reference, scenarios.count_block_parameters, *sizes)


@check("03.11", points=1)
def test_count_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Widths below 1 and fewer than 0 blocks are a ValueError; no blocks have no parameters."""
    good = {"d_model": D, "d_ff": F, "n_blocks": 3}
    assert_refuses(
        learner,
        reference,
        scenarios.count_block_parameters_in_chosen_calls,
        draw=draw,
        good=[good, good | {"n_blocks": 0}, good | {"d_model": 1}, good | {"d_ff": 1}],
        bad={
            "d_model of 0": good | {"d_model": 0},
            "d_ff of 0": good | {"d_ff": 0},
            "d_ff of -20": good | {"d_ff": -F},
            "-1 blocks": good | {"n_blocks": -1},
        },
    )


# ---- 03.12 ResidualStack


def stack_inputs(draw: Draw, n_layers: int, *batch: int, dtype: str = "float64") -> Inputs:
    """x, sizes and weights of a stack."""
    weights: Weights = {}
    for number in range(n_layers):
        weights |= linear(draw, f"layers.{number}", D, D)
    x = draw.floats(*batch, D, dtype=dtype)
    return {"x": x, "d_model": D, "n_layers": n_layers, "weights": weights}


@check("03.12", points=2)
def test_stack(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each layer, with weights of its own, is added to what it reads, in their order."""
    assert_same_runs(
        learner,
        reference,
        scenarios.residual_stack,
        stack_inputs(draw, 2, B, T),
        stack_inputs(draw, 5),
        stack_inputs(draw, 1, B, T),
        stack_inputs(draw, 3, B, T, dtype="float32"),
    )


@check("03.12", points=1)
def test_stack_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradients of x and of every layer's weight and bias are right."""
    inputs = stack_inputs(draw, 4, B, T)
    assert_same_runs(learner, reference, scenarios.residual_stack, inputs)
    inputs["cotangent"] = draw.floats(B, T, D)
    assert_same_runs(learner, reference, scenarios.residual_stack_with_gradients, inputs)


@check("03.12", points=1)
def test_stack_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Fewer than one layer is a ValueError."""
    assert_refuses(
        learner,
        reference,
        scenarios.residual_stacks,
        draw=draw,
        good=[stack_inputs(draw, n, B, T) for n in (1, 3)],
        bad={f"{n} layers": stack_inputs(draw, 0, B, T) | {"n_layers": n} for n in (0, -2)},
    )


# ---- 03.13 gradient_norms


def depth_inputs(draw: Draw, n: int, *batch: int, dtype: str = "float64") -> Inputs:
    """x, the weights of n sublayers, and a cotangent."""
    return {
        "x": draw.floats(*batch, D, dtype=dtype),
        "weights": (draw.floats(n, D, D) / 4).astype(dtype),
        "cotangent": draw.floats(*batch, D, dtype=dtype),
    }


@check("03.13", points=2)
def test_depths(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Entry i is the norm of the gradient in stream i, with the residual stream, which is the rule."""
    assert_same_runs(
        learner,
        reference,
        scenarios.gradient_norms,
        depth_inputs(draw, 4, B, T),
        depth_inputs(draw, 1) | {"residual": True},
        depth_inputs(draw, 6, B, T, dtype="float32"),
    )


@check("03.13", points=1)
def test_depths_without_residual(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Without the residual stream, each sublayer's output alone is the next stream."""
    assert_same_runs(
        learner,
        reference,
        scenarios.gradient_norms,
        depth_inputs(draw, 4, B, T) | {"residual": False},
        depth_inputs(draw, 10, T) | {"residual": False},
    )


@check("03.13", points=1)
def test_depths_leave_x_alone(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """An x that requires a gradient itself works as well, and its grad stays as it was."""
    inputs = depth_inputs(draw, 3, B, T) | {"as_leaf": True}
    assert_same_runs(
        learner, reference, scenarios.gradient_norms, inputs, inputs | {"residual": False}
    )
