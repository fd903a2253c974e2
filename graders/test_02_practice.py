"""Checks of module 02, ``practice/multi_head.py``, 02.1 to 02.7: the pieces of the layer."""

from __future__ import annotations

import numpy as np

from .attention_inputs import T_K, T_Q, B, H, Inputs, additive
from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Draw
from .multi_head_inputs import D_K, D
from .scenarios import practice_multi_head as scenarios

# ---- 02.1 head_columns


@check("02.1", points=1)
def test_columns(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Head h sees its block of neighbouring columns of every token."""
    x = draw.floats(B, T_Q, D)
    assert_same_runs(
        learner,
        reference,
        scenarios.head_columns,
        *({"x": x, "n_heads": H, "head": head} for head in (1, 0, 2)),
        {"x": draw.floats(1, 1, 10), "n_heads": 10, "head": 7},
        {"x": draw.floats(B, T_Q, 10, dtype="float32"), "n_heads": 1, "head": 0},
    )


@check("02.1", points=1)
def test_columns_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A head below 0, or not below H, is a ValueError."""
    x = draw.floats(B, T_Q, D)
    assert_refuses(
        learner,
        reference,
        scenarios.head_columns_in_chosen_calls,
        draw=draw,
        good=[{"x": x, "n_heads": n, "head": h} for n, h in ((H, 1), (H, 0), (H, 2), (6, 5))],
        bad={f"head {h} of {H}": {"x": x, "n_heads": H, "head": h} for h in (-1, H, 7)},
    )


# ---- 02.2 merge_heads


@check("02.2", points=1)
def test_merged(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The heads of each token lie side by side, head after head."""
    assert_same_runs(
        learner,
        reference,
        scenarios.merge_heads,
        {"x": draw.floats(4, 4, 4, 4)},
        {"x": draw.floats(B, H, T_Q, D_K)},
    )


@check("02.2", points=1)
def test_merged_of_any_input(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """One head, heads of width 1, a single token, other dtypes and views work as well."""
    assert_same_runs(
        learner,
        reference,
        scenarios.merge_heads,
        {"x": draw.floats(B, 1, T_Q, D_K, dtype="float32")},
        {"x": draw.integers(0, 100, B, H, T_Q, D_K)},
        {"x": draw.floats(1, H, 1, 1)},
    )
    assert_same_runs(learner, reference, scenarios.merge_views, {"x": draw.floats(B, H, T_Q, D_K)})


# ---- 02.3 project_head


def projection(draw: Draw, n_heads: int, head: int, dtype: str = "float64") -> Inputs:
    """Tokens, a projection with its bias, and one head."""
    return {
        "x": draw.floats(B, T_Q, D, dtype=dtype),
        "weight": draw.floats(D, D, dtype=dtype),
        "bias": draw.floats(D, dtype=dtype),
        "n_heads": n_heads,
        "head": head,
    }


@check("02.3", points=2)
def test_projected(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The result is the head's columns of x @ weight.T + bias."""
    assert_same_runs(
        learner,
        reference,
        scenarios.project_head,
        projection(draw, H, 1),
        projection(draw, H, 0),
        projection(draw, H, 2),
        projection(draw, 1, 0, "float32"),
        projection(draw, D, D - 1),
    )


@check("02.3", points=1)
def test_projected_gradients(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Gradients reach x and the head's part of weight and bias, and no other part."""
    assert_same_runs(
        learner,
        reference,
        scenarios.project_head_with_gradients,
        projection(draw, H, 1) | {"cotangent": draw.floats(B, T_Q, D_K)},
        projection(draw, 2, 1) | {"cotangent": draw.floats(B, T_Q, D // 2)},
    )


# ---- 02.4 head_scores


@check("02.4", points=2)
def test_scores_of_heads(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Entry (b, h, i, j) is the dot product of columns of head h, over the root of their number."""
    assert_same_runs(
        learner,
        reference,
        scenarios.head_scores,
        {"query": draw.floats(4, 4, 16), "key": draw.floats(4, 4, 16), "n_heads": 4},
        {"query": draw.floats(B, T_Q, D), "key": draw.floats(B, T_K, D), "n_heads": H},
        {"query": draw.floats(1, 1, D), "key": draw.floats(1, T_K, D), "n_heads": 1},
        {
            "query": draw.floats(B, T_Q, 10, dtype="float32"),
            "key": draw.floats(B, T_K, 10, dtype="float32"),
            "n_heads": 10,
        },
    )


@check("02.4", points=1)
def test_gradients_of_scores(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Gradients reach queries and keys, and are right."""
    inputs = {"query": draw.floats(B, T_Q, D), "key": draw.floats(B, T_K, D), "n_heads": H}
    cotangent = {"cotangent": draw.floats(B, H, T_Q, T_K)}
    assert_same_runs(learner, reference, scenarios.head_scores_with_gradients, inputs | cotangent)


# ---- 02.5 head_mask


@check("02.5", points=1)
def test_full_masks(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each of the four shapes is written out as [B, H, T_q, T_k], in its own dtype."""
    sizes = {"batch": B, "n_heads": H}
    shapes = ((T_Q, T_K), (B, T_Q, T_K), (B, 1, T_Q, T_K), (B, H, T_Q, T_K))
    assert_same_runs(
        learner,
        reference,
        scenarios.head_mask,
        *(sizes | {"mask": draw.booleans(*shape)} for shape in shapes),
        *(sizes | {"mask": additive(draw.booleans(*shape), "float32")} for shape in shapes[:2]),
    )


@check("02.5", points=1)
def test_full_masks_of_equal_sizes(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """A mask with three axes is one per sequence, also where B, H, T_q and T_k are all the same."""
    shapes = ((H, H, H), (H, H), (H, 1, H, H), (H, H, H, H))
    assert_same_runs(
        learner,
        reference,
        scenarios.head_mask,
        *({"mask": draw.floats(*shape), "batch": H, "n_heads": H} for shape in shapes),
        {"mask": draw.booleans(1, T_Q, T_K), "batch": 1, "n_heads": 1},
    )


@check("02.5", points=1)
def test_full_masks_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A mask of any other shape is a ValueError."""

    def call(*shape: int) -> Inputs:
        return {"mask": draw.booleans(*shape), "batch": B, "n_heads": H}

    good = [call(T_Q, T_K), call(B, T_Q, T_K), call(B, 1, T_Q, T_K), call(B, H, T_Q, T_K)]
    shapes = ((H, T_Q, T_K), (1, T_Q, T_K), (1, H, T_Q, T_K), (B, 2, T_Q, T_K), (T_K,))
    assert_refuses(
        learner,
        reference,
        scenarios.head_mask_in_chosen_calls,
        draw=draw,
        good=good,
        bad={
            f"{[*s]} for B {B}, H {H}": call(*s)
            for s in (*shapes, (1, B, H, T_Q, T_K), (B, 1, 1, T_Q, T_K))
        },
    )


# ---- 02.6 fold_mask


@check("02.6", points=2)
def test_folded_masks(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Every head gets the mask of its own sequence, in the order in which heads are folded."""
    assert_same_runs(
        learner,
        reference,
        scenarios.fold_mask,
        {"mask": draw.booleans(B, T_Q, T_K), "n_heads": H},
        {"mask": draw.floats(H, T_Q, T_K), "n_heads": H},
        {"mask": draw.booleans(4, T_Q, 1), "n_heads": 1},
        {"mask": draw.floats(1, 1, T_K, dtype="float32"), "n_heads": 4},
    )


# ---- 02.7 cross_attention


def crossing(draw: Draw, batch: int, t_q: int, t_k: int, dtype: str = "float64") -> Inputs:
    """Two sequences, padding of different length in each row, and projections."""
    lengths = np.array([t_k - 2, t_k, 1, t_k - 1])[:batch]
    return {
        "x": draw.floats(batch, t_q, D, dtype=dtype),
        "memory": draw.floats(batch, t_k, D, dtype=dtype),
        "visible": np.arange(t_k) < lengths[:, None],
        "projections": [(draw.floats(D, D) * 0.25).astype(dtype) for _ in range(3)],
        "n_heads": H,
    }


@check("02.7", points=1)
def test_crossed(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Every head attends from x to memory, for any T_q and T_k."""
    open_to_all = crossing(draw, B, T_Q, T_K)
    open_to_all["visible"] = np.ones((B, T_K), dtype=bool)
    alike = crossing(draw, 4, 4, 4)
    alike["visible"] = np.ones((4, 4), dtype=bool)
    assert_same_runs(learner, reference, scenarios.cross_attention, alike, open_to_all)


@check("02.7", points=1)
def test_crossed_padding(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Padding of memory is seen by no query and no head, in each sequence its own."""
    assert_same_runs(
        learner,
        reference,
        scenarios.cross_attention,
        crossing(draw, 3, T_Q, T_Q),
        crossing(draw, B, T_Q, T_K),
        crossing(draw, H, H, H),
        crossing(draw, 4, 1, T_K, "float32"),
    )


@check("02.7", points=1)
def test_crossed_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Gradients reach both sequences and all three projections, and are right."""
    inputs = crossing(draw, B, T_Q, T_K) | {"cotangent": draw.floats(B, T_Q, D)}
    assert_same_runs(learner, reference, scenarios.cross_attention_with_gradients, inputs)
