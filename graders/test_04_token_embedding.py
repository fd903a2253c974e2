"""Checks of module 04, ``embeddings/token_embedding.py``, 04.4."""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .embedding_inputs import B, D, T, V, ids, table
from .inputs import Draw
from .outcomes import RefusalCode
from .scenarios import embeddings as scenarios


def token_run(
    draw: Draw, *shape: int, vocab_size: int = V, d_model: int = D, padding_idx: int | None = None
) -> dict[str, Any]:
    """Tokens of a shape, for a layer whose table is ours."""
    sizes = {"vocab_size": vocab_size, "d_model": d_model}
    return {
        "kind": "TokenEmbedding",
        "given": ids(draw, *shape, vocab_size=vocab_size),
        "sizes": sizes if padding_idx is None else sizes | {"padding_idx": padding_idx},
        "weights": {"embedding.weight": table(draw, vocab_size, d_model, padding_idx)},
    }


def assert_refuses_ids(
    learner: Implementation, reference: Implementation, draw: Draw, good: dict[str, Any]
) -> None:
    """Ids out of range are refused, and the first and the last of the vocabulary are not."""
    good["given"][0, 0], good["given"][1, 1] = V - 1, 0
    between = good | {"given": draw.integers(1, V - 1, B, T)}
    above, below = good["given"].copy(), good["given"].copy()
    above[1, 2], below[0, 3] = V, -1
    assert_refuses(
        learner,
        reference,
        scenarios.layer_in_chosen_calls,
        draw=draw,
        good=[good, between],
        bad={
            "an id equal to the vocabulary's size": good | {"given": above},
            "an id of -1": good | {"given": below},
        },
        allowed=(RefusalCode.VALUE_ERROR, RefusalCode.INDEX_ERROR),
    )


@check("04.4", points=3)
def test_tokens(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each token becomes its row of the table, times the square root of D; the ids stay as they were."""
    runs = [
        token_run(draw, B, T),
        token_run(draw, T, B, vocab_size=T, d_model=7),
        token_run(draw, 1, 1, vocab_size=1, d_model=1),
        token_run(draw, B, T, padding_idx=3) | {"dtype": "float32", "training": True},
    ]
    assert_same_runs(learner, reference, scenarios.layer, *runs)


@check("04.4", points=2)
def test_token_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The table is trained: a row that is used several times gets the sum of its gradients."""
    inputs = token_run(draw, B, T, vocab_size=4) | {"cotangent": draw.floats(B, T, D)}
    assert_same_runs(learner, reference, scenarios.layer_with_gradients, inputs)


@check("04.4", points=3)
def test_token_padding(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The row of padding gets no gradient, and is zero in a new layer, also where it is token 0."""
    for padding in (3, 0):
        inputs = token_run(draw, B, T, vocab_size=4, padding_idx=padding)
        inputs["given"][0, 1] = inputs["given"][1, 3] = padding
        pulled = inputs | {"cotangent": draw.floats(B, T, D)}
        assert_same_runs(learner, reference, scenarios.layer_with_gradients, pulled)
        fresh = {
            "kind": inputs["kind"],
            "tokens": np.full((B, T), padding),
            "key": "embedding.weight",
            "sizes": inputs["sizes"],
        }
        assert_same_runs(learner, reference, scenarios.padding_of_new_layer, fresh)


@check("04.4", points=1)
def test_tokens_in_turn(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Views work like any tensor, and each call of one layer is as right as the first."""
    inputs = token_run(draw)
    inputs["inputs"] = [ids(draw, *shape) for shape in ((B, T), (3, 7), (B, T), (1, 2))]
    del inputs["given"]
    runs = (inputs | {"moved": moved} for moved in (False, True))
    assert_same_runs(learner, reference, scenarios.layer_in_turn, *runs)


@check("04.4", points=1)
def test_range_of_ids(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Ids below 0 or not below the vocabulary's size are refused, and all others are not."""
    assert_refuses_ids(learner, reference, draw, token_run(draw, B, T))


@check("04.4", points=1)
def test_dtype_of_ids(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Ids of a floating-point dtype are refused, even where they are whole."""
    good = token_run(draw, B, T)
    assert_refuses(
        learner,
        reference,
        scenarios.layer_in_chosen_calls,
        draw=draw,
        good=[good, token_run(draw, 1, T)],
        bad={
            f"ids of dtype {dtype}": good | {"given": good["given"].astype(dtype)}
            for dtype in ("float64", "float32")
        },
        allowed=(RefusalCode.VALUE_ERROR, RefusalCode.TYPE_ERROR),
    )


@check("04.4", points=1)
def test_sizes_of_table(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Sizes below 1 and a padding_idx of V or more are a ValueError when the layer is built."""
    good = token_run(draw, B, T)
    padded = token_run(draw, B, T, padding_idx=V - 1)
    assert_refuses(
        learner,
        reference,
        scenarios.built_layers,
        draw=draw,
        good=[good, padded, token_run(draw, B, T, vocab_size=1, d_model=1)],
        bad={
            f"{name} of {size}": good | {"sizes": good["sizes"] | {name: size}}
            for name, size in (("vocab_size", 0), ("d_model", 0), ("padding_idx", V))
        },
    )
