"""Checks of module 01, ``attention.py``, 01.3 and 01.8: the causal mask and attention.

One square case (T_q = T_k = d_k = d_v) has the mistakes that elsewhere raise show themselves in
numbers, by which they are named.
"""

from __future__ import annotations

import numpy as np

from .attention_inputs import D_K, D_V, T_K, T_Q, B, H, additive, qkv, seen_by_all
from .calls import Implementation
from .check import check
from .compare import assert_parity, assert_refuses, assert_same_runs
from .inputs import Draw
from .outcomes import RefusalCode
from .scenarios import attention as scenarios

# ---- 01.3 create_causal_mask


@check("01.3", points=2)
def test_mask_values(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Row i holds 0 up to column i and -inf after it, in a floating-point dtype."""
    assert_same_runs(
        learner, reference, scenarios.causal_mask, *({"seq_len": length} for length in (5, 2, 9))
    )


@check("01.3", points=1)
def test_mask_of_one(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """One position gives a 1 by 1 mask, and masks of different lengths do not disturb each other."""
    assert_same_runs(
        learner, reference, scenarios.causal_mask, *({"seq_len": length} for length in (3, 1, 4))
    )


@check("01.3", points=1)
def test_mask_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A length below 1 is a ValueError, and any other length is not."""
    assert_refuses(
        learner,
        reference,
        scenarios.causal_masks,
        draw=draw,
        good=[{"seq_len": 1}, {"seq_len": 6}, {"seq_len": 3}],
        bad={"seq_len of 0": {"seq_len": 0}, "seq_len of -2": {"seq_len": -2}},
    )


# ---- 01.8 scaled_dot_product_attention


@check("01.8", points=1)
def test_square(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each output is the mean of the values, weighted by softmax(Q K^T / sqrt(d_k)): square case."""
    inputs = qkv(draw, 4, t_q=4, t_k=4, d_k=4, d_v=4)
    assert_same_runs(learner, reference, scenarios.attend, inputs)


@check("01.8", points=1)
def test_agrees_with_torch(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The outputs are those of torch's own function, without a mask and with masks of both kinds."""
    mask = seen_by_all(draw.booleans(T_Q, T_K))
    for given in (None, mask, additive(mask)):
        inputs = qkv(draw, B, H) | {"mask": given}
        got = learner.run(scenarios.attend, **inputs)
        assert_parity(got, reference.run(scenarios.attend_by_torch, **inputs))


@check("01.8", points=1)
def test_values(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each output is the mean of the values, weighted by softmax(Q K^T / sqrt(d_k)), for any T_q, T_k."""
    assert_same_runs(
        learner,
        reference,
        scenarios.attend,
        qkv(draw, B, t_q=T_K),  # T_q = T_k
        qkv(draw, B),
        qkv(draw, B, t_q=1),
        qkv(draw, B, t_k=1),
    )


@check("01.8", points=1)
def test_batch_dims(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Any number of leading batch dims works, also none."""
    assert_same_runs(
        learner, reference, scenarios.attend, qkv(draw, B, H), qkv(draw), qkv(draw, 2, 3, 2)
    )


@check("01.8", points=2)
def test_boolean_mask(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A boolean mask hides the keys where it is False, with its own rows for each batch row."""
    causal = np.tri(T_Q, dtype=bool)
    assert_same_runs(
        learner,
        reference,
        scenarios.attend,
        qkv(draw, B, t_k=T_Q) | {"mask": causal},
        qkv(draw, B) | {"mask": seen_by_all(draw.booleans(B, T_Q, T_K))},
        qkv(draw, B, H) | {"mask": seen_by_all(draw.booleans(B, 1, 1, T_K))},
    )


@check("01.8", points=1)
def test_additive_mask(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A float mask is added to the scaled scores, whether it holds -inf or a finite bias."""
    hidden = seen_by_all(draw.booleans(B, T_Q, T_K))
    assert_same_runs(
        learner,
        reference,
        scenarios.attend,
        qkv(draw, B) | {"mask": additive(hidden)},
        qkv(draw, B, H) | {"mask": draw.floats(T_Q, T_K)},
        qkv(draw, B) | {"mask": additive(hidden, "float32")},
    )


@check("01.8", points=1)
def test_hidden_rows(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A query that may attend to nothing gets weights 0 and output 0, and no NaN on the way back."""
    mask = seen_by_all(draw.booleans(B, T_Q, T_K))
    mask[0, 1] = mask[1, 3] = False
    runs = [
        qkv(draw, B) | {"cotangent": draw.floats(B, T_Q, D_V), "mask": given}
        for given in (mask, additive(mask))
    ]
    assert_same_runs(learner, reference, scenarios.attend_with_gradients, *runs)


@check("01.8", points=2)
def test_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradients of query, key and value are right, with and without a mask."""
    mask = seen_by_all(draw.booleans(B, T_Q, T_K))
    runs = [
        qkv(draw, B) | {"cotangent": draw.floats(B, T_Q, D_V), "mask": given}
        for given in (None, mask)
    ]
    assert_same_runs(learner, reference, scenarios.attend_with_gradients, *runs)


@check("01.8", points=1)
def test_extreme_scores(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Scores of thousands give no NaN, and a hidden key stays hidden however large its score."""
    inputs = qkv(draw, B)
    mask = seen_by_all(draw.booleans(B, T_Q, T_K, p=0.4))
    loud = inputs | {"key": inputs["key"] * 4096.0}
    # the last key is hidden, and scores some 1e5 above all others
    last = np.ones((T_Q, T_K), dtype=bool)
    last[:, -1] = False
    shout = {name: np.abs(array) + 1.0 for name, array in qkv(draw, B).items()}
    shout["key"][:, -1] *= 32768.0
    assert_same_runs(
        learner,
        reference,
        scenarios.attend,
        loud,
        loud | {"mask": mask},
        shout | {"mask": last},
        shout | {"mask": additive(last)},
    )


@check("01.8", points=1)
def test_float32(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """float32 in, float32 out, with the same numbers."""
    mask = seen_by_all(draw.booleans(T_Q, T_K))
    inputs = qkv(draw, B, dtype="float32")
    assert_same_runs(
        learner,
        reference,
        scenarios.attend,
        inputs,
        inputs | {"mask": mask},
        inputs | {"mask": additive(mask, "float32")},
    )


@check("01.8", points=1)
def test_leaves_inputs_alone(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """The inputs are as before, views work like any tensor, and nothing is kept for the next call."""
    masks = seen_by_all(draw.booleans(B, T_Q, T_K))
    assert_same_runs(
        learner,
        reference,
        scenarios.attend_to_views,
        qkv(draw, B) | {"mask": masks},
        qkv(draw, B) | {"mask": additive(masks)},
    )


@check("01.8", points=1)
def test_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Sizes and masks that do not fit are refused; near misses that do fit are not."""
    good = qkv(draw, B)
    assert_refuses(
        learner,
        reference,
        scenarios.attend_in_chosen_calls,
        draw=draw,
        good=[
            good,
            qkv(draw, B, t_q=T_K, d_k=D_V),
            good | {"mask": np.ones((T_Q, T_K), dtype=bool)},
            good | {"mask": draw.floats(B, 1, T_K)},
        ],
        bad={
            "query and key of different width": good | {"query": draw.floats(B, T_Q, D_K + 1)},
            "one value too few": good | {"value": draw.floats(B, T_K - 1, D_V)},
            "a mask of the wrong length": good | {"mask": np.ones((T_Q, T_K - 1), dtype=bool)},
            "a mask larger than the scores": good | {"mask": np.ones((H, B, T_Q, T_K), dtype=bool)},
        },
    )
    assert_refuses(
        learner,
        reference,
        scenarios.attend_in_chosen_calls,
        draw=draw,
        good=[
            good | {"mask": np.ones((T_Q, T_K), dtype=bool)},
            good | {"mask": draw.floats(T_Q, T_K)},
        ],
        bad={"a mask of integers 0 and 1": good | {"mask": draw.integers(0, 2, T_Q, T_K)}},
        allowed=(RefusalCode.VALUE_ERROR, RefusalCode.TYPE_ERROR),
    )
