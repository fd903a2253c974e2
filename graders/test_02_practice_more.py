"""Checks of module 02, ``practice/multi_head.py``, 02.9 to 02.15: what heads do, and sharing."""

from __future__ import annotations

import numpy as np

from .attention_inputs import T_K, T_Q, B, H, Inputs
from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Array, Draw
from .multi_head_inputs import D_K, D
from .scenarios import practice_multi_head as scenarios

# ---- 02.9 parameter_count


def _counted(d_model: int, n_heads: int, n_kv_heads: int, **bias: bool) -> Inputs:
    return {"d_model": d_model, "n_heads": n_heads, "n_kv_heads": n_kv_heads} | bias


@check("02.9", points=1)
def test_counts(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The count is right where every head has its own keys and values, with biases and without."""
    sizes = [(12, 3), (64, 4), (10, 1), (7, 7)]
    calls = [_counted(d, h, h) for d, h in sizes]
    calls += [_counted(d, h, h, bias=bias) for d, h in sizes for bias in (False, True)]
    width = draw.integers(1, 40, 1).item()
    calls += [_counted(width * h, h, h) for h in (2, 5)]
    assert_same_runs(learner, reference, scenarios.parameter_counts, {"calls": calls})


@check("02.9", points=1)
def test_counts_of_groups(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The count is right where heads share keys and values, with biases and without."""
    sizes = [(12, 6, 2), (64, 8, 1), (40, 4, 2)]
    calls = [_counted(*size) for size in sizes]
    calls += [_counted(*size, bias=bias) for size in sizes for bias in (False, True)]
    width = draw.integers(1, 40, 1).item()
    calls += [_counted(width * 6, 6, g) for g in (1, 2, 3, 6)]
    assert_same_runs(learner, reference, scenarios.parameter_counts, {"calls": calls})


# ---- 02.10 average_heads


@check("02.10", points=1)
def test_averaged(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The result is the mean over the heads that are kept."""
    assert_same_runs(
        learner,
        reference,
        scenarios.average_heads,
        {"weights": draw.floats(3, 3, 3, 3), "keep": np.array([True, False, True])},
        {"weights": draw.floats(B, 6, T_Q, T_K), "keep": np.array([1, 0, 0, 1, 1, 0], bool)},
        {"weights": draw.floats(B, 4, T_Q, T_K), "keep": np.array([1, 1, 1, 1], bool)},
        {
            "weights": draw.floats(B, H, 1, T_K, dtype="float32"),
            "keep": np.array([False, False, True]),
        },
    )


@check("02.10", points=1)
def test_averaged_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """No head to keep is a ValueError, and any other choice is not."""
    weights = draw.floats(B, H, T_Q, T_K)
    kept = ([1, 0, 0], [0, 1, 1], [1, 1, 1])
    assert_refuses(
        learner,
        reference,
        scenarios.average_heads_in_chosen_calls,
        draw=draw,
        good=[{"weights": weights, "keep": np.array(keep, bool)} for keep in kept],
        bad={
            "no head of three": {"weights": weights, "keep": np.zeros(H, bool)},
            "no head of one": {"weights": weights[:, :1], "keep": np.zeros(1, bool)},
        },
    )


# ---- 02.11 head_entropy


def shares(draw: Draw, *shape: int, hidden: float = 0.0) -> Array:
    """Rows that add up to 1, with some zeros."""
    made = draw.floats(*shape) + 2.25
    made[draw.booleans(*shape, p=hidden)] = 0.0
    made[..., 0] += 0.25
    return np.asarray(made / made.sum(-1, keepdims=True))


@check("02.11", points=2)
def test_entropy(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The entropies are in nats, summed over the keys and averaged over the queries."""
    assert_same_runs(
        learner,
        reference,
        scenarios.head_entropy,
        {"weights": shares(draw, 4, 4, 4, 4)},
        {"weights": shares(draw, B, H, T_Q, T_K)},
        {"weights": shares(draw, B, H, 1, T_K).astype("float32")},
    )


@check("02.11", points=1)
def test_entropy_of_zeros(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Weights of 0 add 0, be it some of a row, all but one, or all."""
    weights = shares(draw, B, H, T_Q, T_K, hidden=0.5)
    weights[0, 1, 2] = np.eye(T_K)[3]
    weights[1, 2, 0] = 0.0
    assert_same_runs(
        learner,
        reference,
        scenarios.head_entropy,
        {"weights": weights},
        {"weights": shares(draw, B, H, T_Q, T_K, hidden=0.25)},
    )


# ---- 02.12 silence_heads


@check("02.12", points=2)
def test_silenced(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The columns that read these heads are zero, all others and the tensor given in as they were."""
    assert_same_runs(
        learner,
        reference,
        scenarios.silence_heads,
        {"weight": draw.floats(16, 16), "n_heads": 4, "heads": [1, 3]},
        {"weight": draw.floats(D, D), "n_heads": H, "heads": [0]},
        {"weight": draw.floats(D, D, dtype="float32"), "n_heads": 6, "heads": [5, 0, 2]},
        {"weight": draw.floats(10, 10), "n_heads": 1, "heads": [0]},
        {"weight": draw.floats(D, D), "n_heads": H, "heads": []},
    )


# ---- 02.13 split_qkv


@check("02.13", points=2)
def test_joint_projection(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Queries, keys and values are those of three projections on their own, split into heads."""
    assert_same_runs(
        learner,
        reference,
        scenarios.split_qkv,
        {"x": draw.floats(3, 3, 9), "weight": draw.floats(27, 9), "n_heads": 3},
        {"x": draw.floats(B, T_Q, D), "weight": draw.floats(3 * D, D), "n_heads": H},
        {"x": draw.floats(1, 1, 10), "weight": draw.floats(30, 10), "n_heads": 5},
        {
            "x": draw.floats(B, T_Q, D, dtype="float32"),
            "weight": draw.floats(3 * D, D, dtype="float32"),
            "n_heads": 1,
        },
    )


@check("02.13", points=1)
def test_joint_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Gradients reach the tokens and all rows of the weight, and are right."""
    inputs = {"x": draw.floats(B, T_Q, D), "weight": draw.floats(3 * D, D), "n_heads": H}
    cotangent = {"cotangent": draw.floats(3, B, H, T_Q, D_K)}
    assert_same_runs(learner, reference, scenarios.split_qkv_with_gradients, inputs | cotangent)


# ---- 02.14 repeat_kv


@check("02.14", points=1)
def test_shared(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Neighbouring query heads share a head, for one group, for some, and for as many as heads."""
    assert_same_runs(
        learner,
        reference,
        scenarios.repeat_kv,
        {"x": draw.floats(B, 2, T_Q, D_K), "n_heads": 6},
        {"x": draw.floats(B, 1, T_Q, D_K), "n_heads": 4},
        {"x": draw.floats(B, 3, T_Q, D_K, dtype="float32"), "n_heads": 3},
        {"x": draw.integers(0, 100, 1, 3, 1, D_K), "n_heads": 9},
    )


@check("02.14", points=1)
def test_shared_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A number of heads that is below 1 or no multiple of G is a ValueError."""
    x = draw.floats(B, 4, T_Q, D_K)
    assert_refuses(
        learner,
        reference,
        scenarios.repeat_kv_in_chosen_calls,
        draw=draw,
        good=[{"x": x, "n_heads": n} for n in (4, 8, 12)],
        bad={f"{n} heads for 4": {"x": x, "n_heads": n} for n in (6, 2, 0, -4, 9)},
    )


# ---- 02.15 grouped_attention


def grouped(
    draw: Draw, heads: int, groups: int, t: int = T_Q, d_k: int = D_K, dtype: str = "float64"
) -> Inputs:
    """query [B, heads, t, d_k], key and value [B, groups, t, d_k]."""
    return {
        "query": draw.floats(B, heads, t, d_k, dtype=dtype),
        "key": draw.floats(B, groups, t, d_k, dtype=dtype),
        "value": draw.floats(B, groups, t, d_k, dtype=dtype),
    }


@check("02.15", points=1)
def test_own_groups(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """With a key head for each query head it is causal multi-head attention, merged."""
    assert_same_runs(
        learner,
        reference,
        scenarios.grouped_attention,
        grouped(draw, 4, 4, t=4),
        grouped(draw, H, H),
        grouped(draw, 1, 1, t=1),
    )


@check("02.15", points=1)
def test_shared_groups(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """With fewer key heads, neighbouring query heads share one: some of them, or all."""
    assert_same_runs(
        learner,
        reference,
        scenarios.grouped_attention,
        grouped(draw, 6, 2),
        grouped(draw, 4, 1, t=T_K),
        grouped(draw, 6, 3, dtype="float32"),
    )


@check("02.15", points=1)
def test_gradients_of_groups(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Gradients of keys and values are the sums over all query heads that share them."""
    inputs = grouped(draw, 6, 2) | {"cotangent": draw.floats(B, T_Q, 6 * D_K)}
    assert_same_runs(learner, reference, scenarios.grouped_attention_with_gradients, inputs)


@check("02.15", points=1)
def test_groups_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A number of key heads that does not divide the number of query heads is a ValueError."""
    assert_refuses(
        learner,
        reference,
        scenarios.grouped_attention_in_chosen_calls,
        draw=draw,
        good=[grouped(draw, 6, 2), grouped(draw, 4, 4), grouped(draw, 6, 1)],
        bad={
            "4 key heads for 6": grouped(draw, 6, 4),
            "3 key heads for 4": grouped(draw, 4, 3),
            "6 key heads for 3": grouped(draw, 3, 6),
        },
    )
