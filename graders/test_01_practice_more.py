"""Checks of module 01, ``practice/attention.py``, 01.10 to 01.13: bugs, padding, heads, chunks."""

from __future__ import annotations

import numpy as np

from .attention_inputs import D_K, D_V, T_K, T_Q, B, H, qkv
from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Draw
from .scenarios import practice_attention as scenarios

CHUNKS = [3, 1, 5]  # unequal, and one of a single key


# ---- 01.10 fixed_attention: each check adds one symptom; no bug can be left in the second


@check("01.10", points=1)
def test_fixed_shares(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The shares of each query add up to 1, so queries do not take from each other."""
    assert_same_runs(
        learner,
        reference,
        scenarios.fixed_attention,
        qkv(draw, B, d_v=D_K),
        qkv(draw, B, H, t_q=T_K, d_v=D_K),
    )


@check("01.10", points=1)
def test_fixed_scale(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The scores are scaled rightly, whatever the width of the values, with the right gradients."""
    assert_same_runs(learner, reference, scenarios.fixed_attention, qkv(draw, B), qkv(draw, d_v=1))
    inputs = qkv(draw, B, H) | {"cotangent": draw.floats(B, H, T_Q, D_V)}
    assert_same_runs(learner, reference, scenarios.fixed_attention_with_gradients, inputs)


@check("01.10", points=1)
def test_fixed_overflow(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Scores of thousands give no NaN."""
    loud = qkv(draw, B, d_v=D_K)
    loud["query"][:, 2] *= 4096.0  # the other queries have scores of ordinary size
    assert_same_runs(learner, reference, scenarios.fixed_attention, loud)


# ---- 01.11 padding_mask


@check("01.11", points=1)
def test_padding(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The mask is True at the real tokens, bool[B, 1, max_len], also for lengths 0 and max_len."""
    assert_same_runs(
        learner,
        reference,
        scenarios.padding_mask,
        {"lengths": np.array([2, 5, 1]), "max_len": T_K},
        {"lengths": np.array([0, T_K, 3, T_K - 1]), "max_len": T_K},
        {"lengths": draw.integers(0, 4, 3), "max_len": 3},
    )


@check("01.11", points=1)
def test_padding_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A length below 0 or above max_len is a ValueError, and 0 and max_len are not."""
    assert_refuses(
        learner,
        reference,
        scenarios.padding_mask_in_chosen_calls,
        draw=draw,
        good=[
            {"lengths": np.array([3, 0, 1]), "max_len": T_Q},
            {"lengths": np.array([2, T_Q]), "max_len": T_Q},
        ],
        bad={
            "a length above max_len": {"lengths": np.array([2, T_Q + 1, 3]), "max_len": T_Q},
            "a length below 0": {"lengths": np.array([3, 1, -1]), "max_len": T_Q},
        },
    )


# ---- 01.12 split_heads


@check("01.12", points=1)
def test_heads(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each head holds its block of columns of every token."""
    assert_same_runs(
        learner,
        reference,
        scenarios.split_heads,
        {"x": draw.floats(B, 4, 16), "n_heads": 4},  # square: T = H = D/H
        {"x": draw.floats(B, T_Q, H * D_K), "n_heads": H},
    )


@check("01.12", points=1)
def test_heads_of_any_input(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """One head, heads of width 1, a single token and views work as well; so do other dtypes."""
    assert_same_runs(
        learner,
        reference,
        scenarios.split_heads,
        {"x": draw.floats(B, T_Q, 12), "n_heads": 1},
        {"x": draw.floats(B, T_Q, 12), "n_heads": 12},
        {"x": draw.floats(1, 1, 12, dtype="float32"), "n_heads": 4},
        {"x": draw.integers(0, 100, B, T_Q, 12), "n_heads": H},
    )
    view = {"x": draw.floats(B, T_Q, 12), "n_heads": 4}
    assert_same_runs(learner, reference, scenarios.split_heads_of_view, view)


@check("01.12", points=1)
def test_heads_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A number of heads that is below 1 or does not divide the width is a ValueError."""
    x = draw.floats(B, T_Q, 12)
    assert_refuses(
        learner,
        reference,
        scenarios.split_heads_in_chosen_calls,
        draw=draw,
        good=[{"x": x, "n_heads": n} for n in (2, 6, 12)],
        bad={f"{n} heads for a width of 12": {"x": x, "n_heads": n} for n in (5, 24, 0, -3)},
    )


# ---- 01.13 attend_chunk


@check("01.13", points=1)
def test_first_chunk(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """After the first chunk, which has no state before it, the state is as the docstring says."""
    assert_same_runs(
        learner,
        reference,
        scenarios.attend_in_chunks,
        qkv(draw, B) | {"sizes": [T_K]},
        qkv(draw, B, H, t_k=1) | {"sizes": [1]},
        qkv(draw) | {"sizes": [T_K]},
    )


@check("01.13", points=1)
def test_later_chunks(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """After each of three unequal chunks, the state is as the docstring says."""
    rising = qkv(draw, B, t_k=9)
    rising["key"][:, 3:] *= 4.0
    assert_same_runs(
        learner,
        reference,
        scenarios.attend_in_chunks,
        qkv(draw, B, t_k=9) | {"sizes": CHUNKS},
        qkv(draw, B, H, t_k=9) | {"sizes": CHUNKS},
        rising | {"sizes": CHUNKS},
        qkv(draw, B, t_k=9, dtype="float32") | {"sizes": CHUNKS},
    )


@check("01.13", points=1)
def test_chunks_give_attention(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """The last accumulated / running_sum is the output of attention, with its gradients."""
    inputs = qkv(draw, B, t_k=9) | {"cotangent": draw.floats(B, T_Q, D_V)}
    assert_same_runs(
        learner,
        reference,
        scenarios.attend_in_chunks_with_gradients,
        inputs | {"sizes": CHUNKS},
        inputs | {"sizes": [1] * 9},
    )


@check("01.13", points=1)
def test_chunks_with_extreme_scores(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Scores of thousands stay finite, whether they come in the first chunk or in the last."""
    falling, rising, loud = (qkv(draw, B, t_k=9) for _ in range(3))
    falling["key"][:, :3] *= 4096.0
    rising["key"][:, 4:] *= 4096.0
    loud["key"] *= 4096.0
    runs = ({**inputs, "sizes": CHUNKS} for inputs in (falling, rising, loud))
    assert_same_runs(learner, reference, scenarios.attend_in_chunks, *runs)


@check("01.13", points=1)
def test_chunk_arguments(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The state and the tensors given in stay as they were, and sizes that differ are refused."""
    state = {
        "running_max": draw.floats(B, T_Q, 1),
        "running_sum": draw.floats(B, T_Q, 1) + 3.0,
        "accumulated": draw.floats(B, T_Q, D_V),
    }
    assert_same_runs(learner, reference, scenarios.continue_from_state, qkv(draw, B) | state)
    good = qkv(draw, B)
    assert_refuses(
        learner,
        reference,
        scenarios.attend_chunk_in_chosen_calls,
        draw=draw,
        good=[good, qkv(draw, B, t_q=T_K, d_k=D_V)],
        bad={
            "a query wider than the keys": good | {"query": draw.floats(B, T_Q, D_K + 1)},
            "a value too few": good | {"value": draw.floats(B, T_K - 1, D_V)},
        },
    )
