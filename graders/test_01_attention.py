"""Checks of module 01, ``attention.py``: the causal mask, attention, the attention layer.

Sizes all differ, so that a swapped axis fails; one square case (T_q = T_k = d_k = d_v) has the
mistakes that elsewhere raise show themselves in numbers, by which they are named.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, close, require
from .inputs import Array, Draw
from .outcomes import RefusalCode
from .scenarios import attention as scenarios

Inputs = dict[str, Any]
B, H, T_Q, T_K, D_K, D_V = 2, 3, 5, 7, 4, 6


def qkv(
    draw: Draw,
    *batch: int,
    t_q: int = T_Q,
    t_k: int = T_K,
    d_k: int = D_K,
    d_v: int = D_V,
    dtype: str = "float64",
) -> Inputs:
    """query [*batch, t_q, d_k], key [*batch, t_k, d_k], value [*batch, t_k, d_v]."""
    return {
        "query": draw.floats(*batch, t_q, d_k, dtype=dtype),
        "key": draw.floats(*batch, t_k, d_k, dtype=dtype),
        "value": draw.floats(*batch, t_k, d_v, dtype=dtype),
    }


def seen_by_all(mask: Array) -> Array:
    """A boolean mask in which every query may attend to its first key at least."""
    mask = mask.copy()
    mask[..., 0] = True
    return mask


def additive(mask: Array, dtype: str = "float64") -> Array:
    """A boolean mask as an additive one."""
    return np.where(mask, 0.0, -np.inf).astype(dtype)


def compare_runs(
    learner: Implementation, reference: Implementation, scenario: Any, *runs: Inputs
) -> None:
    """Parity with the reference in each run."""
    for inputs in runs:
        assert_parity(learner.run(scenario, **inputs), reference.run(scenario, **inputs))


def one_hot_values(draw: Draw, keys: int = 40) -> Inputs:
    """Inputs whose values are the unit vectors: the output is then the weights that were used."""
    inputs = qkv(draw, B, t_q=30, t_k=keys)
    return inputs | {"value": np.broadcast_to(np.eye(keys), (B, keys, keys)).copy()}


def assert_dropped(got: Result, want: Result, rate: float) -> None:
    """The output of ``one_hot_values`` is ``weights / (1 - rate)``, or 0 for a share ``rate``.

    Each entry is on its own: the share of zeros is within 6 standard deviations (a false alarm is
    rarer than 1e-8), in total and between the entries of a row and of a column.
    """
    right = Result(want.call, {"weights": want["weights"]})
    assert_parity(got, right)
    require("output" in got.tensors, "`output` is missing", got)
    output, weights = got["output"], want["weights"]
    require(output.shape == weights.shape, "`output` has the wrong shape", got)
    scaled = close(output, weights / (1 - rate))
    require(
        (scaled | (output == 0)).all(),
        f"in training, each weight is either 0 or divided by 1 - {rate} before it meets the values; "
        "here some are neither",
        got,
    )
    kept = (~(output == 0)).astype(float)
    spread = np.sqrt(rate * (1 - rate) / kept.size)
    require(
        abs(kept.mean() - (1 - rate)) < 6 * spread,
        f"a share of {1 - kept.mean():.3f} of the weights was dropped, expected about {rate}",
        got,
    )
    for axis, name in ((-1, "row"), (-2, "column"), (0, "batch row")):
        together = (kept - (1 - rate)) * (np.roll(kept, 1, axis=axis) - (1 - rate))
        bound = 6 * rate * (1 - rate) / np.sqrt(kept.size)
        require(
            abs(together.mean()) < bound,
            f"weights of one {name} are dropped together; each must be on its own",
            got,
        )


# ---- 01.3 create_causal_mask


@check("01.3", points=2)
def test_mask_values(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Row i holds 0 up to column i and -inf after it, in a floating-point dtype."""
    compare_runs(
        learner, reference, scenarios.causal_mask, *({"seq_len": length} for length in (5, 2, 9))
    )


@check("01.3", points=1)
def test_mask_of_one(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """One position gives a 1 by 1 mask, and masks of different lengths do not disturb each other."""
    compare_runs(
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
    compare_runs(learner, reference, scenarios.attend, inputs)


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
    compare_runs(
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
    compare_runs(
        learner, reference, scenarios.attend, qkv(draw, B, H), qkv(draw), qkv(draw, 2, 3, 2)
    )


@check("01.8", points=2)
def test_boolean_mask(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A boolean mask hides the keys where it is False, with its own rows for each batch row."""
    causal = np.tri(T_Q, dtype=bool)
    compare_runs(
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
    compare_runs(
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
    for given in (mask, additive(mask)):
        inputs = qkv(draw, B) | {"cotangent": draw.floats(B, T_Q, D_V), "mask": given}
        compare_runs(learner, reference, scenarios.attend_with_gradients, inputs)


@check("01.8", points=2)
def test_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradients of query, key and value are right, with and without a mask."""
    mask = seen_by_all(draw.booleans(B, T_Q, T_K))
    for given in (None, mask):
        inputs = qkv(draw, B) | {"cotangent": draw.floats(B, T_Q, D_V), "mask": given}
        compare_runs(learner, reference, scenarios.attend_with_gradients, inputs)


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
    compare_runs(
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
    compare_runs(
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
    compare_runs(
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


@check("01.8", points=1)
def test_dropout(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A dropout module that is handed in acts on the weights, in training only; the weights that
    are returned are those before it."""
    still = qkv(draw, B) | {"rate": 0.5, "training": False}
    compare_runs(learner, reference, scenarios.attend_with_dropout, still)
    inputs = one_hot_values(draw) | {"rate": 0.25, "training": True}
    got = learner.run(scenarios.attend_with_dropout, **inputs)
    assert_dropped(got, reference.run(scenarios.attend_with_dropout, **inputs), 0.25)


# ---- 01.9 Attention


@check("01.9", points=1)
def test_layer_in_evaluation(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """In evaluation the layer is exact, whatever its rate, with its mask, and passes gradients."""
    mask = seen_by_all(draw.booleans(B, T_Q, T_K))
    inputs = qkv(draw, B) | {"cotangent": draw.floats(B, T_Q, D_V), "mask": mask}
    compare_runs(learner, reference, scenarios.attention_layer_with_gradients, inputs)
    compare_runs(
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
        assert_dropped(got, reference.run(scenarios.attention_layer, **inputs), rate)


@check("01.9", points=1)
def test_layer_rates(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Rate 0 drops nothing and rate 1 drops all, also in training."""
    compare_runs(
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
