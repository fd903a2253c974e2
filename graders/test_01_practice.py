"""Checks of module 01, ``practice/attention.py``, 01.1 to 01.7: the steps of attention.

Sizes all differ, so that a swapped axis fails; a square case stands first where a mistake raises
elsewhere, so that it shows itself in numbers, by which it is named.
"""

from __future__ import annotations

from .attention_inputs import D_K, D_V, T_K, T_Q, B, H, additive, seen_by_all
from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Draw
from .outcomes import RefusalCode
from .scenarios import practice_attention as scenarios

# ---- 01.1 raw_scores


@check("01.1", points=1)
def test_raw_scores(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Entry (i, j) is the dot product of query i and key j, for any T_q and T_k, with gradients."""
    assert_same_runs(
        learner,
        reference,
        scenarios.raw_scores,
        {"query": draw.floats(4, 4, 4), "key": draw.floats(4, 4, 4)},
        {"query": draw.floats(B, H, T_Q, D_K), "key": draw.floats(B, H, T_K, D_K)},
        {"query": draw.floats(T_Q, D_K), "key": draw.floats(T_K, D_K)},
        {
            "query": draw.floats(B, T_Q, D_K, dtype="float32"),
            "key": draw.floats(B, T_K, D_K, dtype="float32"),
        },
    )
    inputs = {
        "query": draw.floats(B, T_Q, D_K),
        "key": draw.floats(B, T_K, D_K),
        "cotangent": draw.floats(B, T_Q, T_K),
    }
    assert_same_runs(learner, reference, scenarios.raw_scores_with_gradients, inputs)


@check("01.1", points=1)
def test_raw_scores_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A query and a key of different width are a ValueError, and different numbers are not."""
    key = draw.floats(B, T_K, D_K)
    assert_refuses(
        learner,
        reference,
        scenarios.raw_scores_in_chosen_calls,
        draw=draw,
        good=[
            {"query": draw.floats(B, T_Q, D_K), "key": key},
            {"query": draw.floats(B, T_K, D_K), "key": key},
            {"query": draw.floats(4, 4, 4), "key": draw.floats(4, 4, 4)},
        ],
        bad={
            "a query wider than the keys": {"query": draw.floats(B, T_K, D_K + 1), "key": key},
            "a query as wide as there are keys": {"query": draw.floats(B, D_K, T_K), "key": key},
        },
    )


# ---- 01.2 scale_scores


@check("01.2", points=1)
def test_scaled(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The scores are divided by the square root of d_k; those given in stay as they were."""
    assert_same_runs(
        learner,
        reference,
        scenarios.scale_scores,
        {"scores": draw.floats(B, T_Q, T_K), "d_k": 6},
        {"scores": draw.floats(B, H, T_Q, T_K), "d_k": 16},
        {"scores": draw.floats(T_Q, T_K), "d_k": 1},
        {"scores": draw.floats(B, T_Q, T_K, dtype="float32"), "d_k": 3},
    )


@check("01.2", points=1)
def test_scale_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A width below 1 is a ValueError, and any other width is not."""
    scores = draw.floats(T_Q, T_K)
    assert_refuses(
        learner,
        reference,
        scenarios.scale_scores_in_chosen_calls,
        draw=draw,
        good=[{"scores": scores, "d_k": d_k} for d_k in (1, 2, 64)],
        bad={f"d_k of {d_k}": {"scores": scores, "d_k": d_k} for d_k in (0, -4)},
    )


# ---- 01.4 apply_mask


@check("01.4", points=1)
def test_boolean_mask_applied(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """A boolean mask keeps the scores where it is True and gives -inf where it is False."""
    assert_same_runs(
        learner,
        reference,
        scenarios.apply_mask,
        {"scores": draw.floats(B, T_Q, T_K), "mask": draw.booleans(B, T_Q, T_K)},
        {"scores": draw.floats(B, H, T_Q, T_K), "mask": draw.booleans(B, 1, 1, T_K)},
        {"scores": draw.floats(B, H, T_Q, T_K, dtype="float32"), "mask": draw.booleans(T_Q, T_K)},
    )


@check("01.4", points=1)
def test_other_masks_applied(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """A float mask is added, and a mask that is neither boolean nor float is refused."""
    scores, visible = draw.floats(B, T_Q, T_K), draw.booleans(B, T_Q, T_K)
    assert_same_runs(
        learner,
        reference,
        scenarios.apply_mask,
        {"scores": scores, "mask": additive(visible)},
        {"scores": scores, "mask": draw.floats(T_Q, T_K)},
        {"scores": scores, "mask": additive(visible, "float32")},
    )
    assert_refuses(
        learner,
        reference,
        scenarios.apply_mask_in_chosen_calls,
        draw=draw,
        good=[{"scores": scores, "mask": visible}, {"scores": scores, "mask": additive(visible)}],
        bad={"a mask of integers 0 and 1": {"scores": scores, "mask": visible.astype("int64")}},
        allowed=(RefusalCode.VALUE_ERROR, RefusalCode.TYPE_ERROR),
    )


# ---- 01.5 attention_weights


@check("01.5", points=1)
def test_weights(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The weights are the softmax of the scores over the keys, with the right gradient."""
    visible = seen_by_all(draw.booleans(B, T_Q, T_K))
    assert_same_runs(
        learner,
        reference,
        scenarios.attention_weights,
        {"scores": draw.floats(B, T_Q, T_K)},
        {"scores": draw.floats(T_Q, T_K) + additive(visible[0])},
        {"scores": draw.floats(B, H, T_Q, T_K, dtype="float32")},
    )
    inputs = {
        "scores": draw.floats(B, T_Q, T_K) + additive(visible),
        "cotangent": draw.floats(B, T_Q, T_K),
    }
    assert_same_runs(learner, reference, scenarios.attention_weights_with_gradients, inputs)


@check("01.5", points=1)
def test_weights_of_hidden_rows(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """A row of nothing but -inf gives zeros and gets a gradient of zeros, never NaN."""
    visible = seen_by_all(draw.booleans(B, T_Q, T_K))
    visible[0, 1] = visible[1, 3] = False
    scores = draw.floats(B, T_Q, T_K) + additive(visible)
    assert_same_runs(learner, reference, scenarios.attention_weights, {"scores": scores})
    inputs = {"scores": scores, "cotangent": draw.floats(B, T_Q, T_K)}
    assert_same_runs(learner, reference, scenarios.attention_weights_with_gradients, inputs)


@check("01.5", points=1)
def test_weights_of_extreme_scores(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Scores of ten thousands do not overflow, whether all are large or those of one query."""
    shifted = draw.floats(B, T_Q, T_K)
    shifted[0, 0] += 16384.0
    shifted[1, 2] -= 16384.0
    assert_same_runs(
        learner,
        reference,
        scenarios.attention_weights,
        {"scores": shifted},
        {"scores": draw.floats(B, T_Q, T_K) * 8192.0},
    )


# ---- 01.6 mix_values


@check("01.6", points=1)
def test_mixed(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Row i is the sum of the values, each times its weight in row i, with the right gradients."""
    assert_same_runs(
        learner,
        reference,
        scenarios.mix_values,
        {"weights": draw.floats(4, 4, 4), "value": draw.floats(4, 4, 4)},
        {"weights": draw.floats(B, H, T_Q, T_K), "value": draw.floats(B, H, T_K, D_V)},
        {"weights": draw.floats(T_Q, T_K), "value": draw.floats(T_K, D_V)},
        {
            "weights": draw.floats(B, T_Q, T_K, dtype="float32"),
            "value": draw.floats(B, T_K, D_V, dtype="float32"),
        },
    )
    inputs = {
        "weights": draw.floats(B, T_Q, T_K),
        "value": draw.floats(B, T_K, D_V),
        "cotangent": draw.floats(B, T_Q, D_V),
    }
    assert_same_runs(learner, reference, scenarios.mix_values_with_gradients, inputs)


@check("01.6", points=1)
def test_mix_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Another number of values than of weights in a row is a ValueError, and T_q may be any."""
    value = draw.floats(B, T_K, D_V)
    assert_refuses(
        learner,
        reference,
        scenarios.mix_values_in_chosen_calls,
        draw=draw,
        good=[{"weights": draw.floats(B, t_q, T_K), "value": value} for t_q in (1, T_Q, T_K)],
        bad={
            "a weight too many": {"weights": draw.floats(B, T_Q, T_K + 1), "value": value},
            "weights lying on their side": {"weights": draw.floats(B, T_K, T_Q), "value": value},
        },
    )


# ---- 01.7 attend_one


@check("01.7", points=1)
def test_one_query(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The output is the mean of the values, weighted by the softmax of the scaled scores."""
    assert_same_runs(
        learner,
        reference,
        scenarios.attend_one,
        {"query": draw.floats(4), "keys": draw.floats(7, 4), "values": draw.floats(7, 4)},
        {"query": draw.floats(D_K), "keys": draw.floats(T_K, D_K), "values": draw.floats(T_K, D_V)},
        {"query": draw.floats(D_K), "keys": draw.floats(1, D_K), "values": draw.floats(1, D_V)},
        {
            "query": draw.floats(D_K, dtype="float32"),
            "keys": draw.floats(T_K, D_K, dtype="float32"),
            "values": draw.floats(T_K, D_V, dtype="float32"),
        },
    )


@check("01.7", points=1)
def test_one_query_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Keys of another width than the query, or fewer values than keys, are a ValueError."""
    good = {"query": draw.floats(D_K), "keys": draw.floats(T_K, D_K)}
    good["values"] = draw.floats(T_K, D_V)
    assert_refuses(
        learner,
        reference,
        scenarios.attend_one_in_chosen_calls,
        draw=draw,
        good=[good, good | {"values": draw.floats(T_K, D_K)}],
        bad={
            "a query wider than the keys": good | {"query": draw.floats(D_K + 1)},
            "a value too few": good | {"values": draw.floats(T_K - 1, D_V)},
            "a value too many": good | {"values": draw.floats(T_K + 1, D_V)},
        },
    )
