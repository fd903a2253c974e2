"""Checks of module 04, ``embeddings/combined_embedding.py``, 04.15.

With waves the checks compare in float32, or beside loud rows in float64: see test_04_positions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .embedding_inputs import MAX_LEN, POSITIONS, TOKENS, B, D, T, V, ids, loud, nonzero, table
from .inputs import Array, Draw
from .scenarios import embeddings as scenarios
from .test_04_positions import assert_drops, with_rate, without
from .test_04_token_embedding import assert_refuses_ids


def embedding(
    draw: Draw,
    *shape: int,
    positional: str | None = "learned",
    max_len: int = MAX_LEN,
    rows: Array | None = None,
    **sizes: Any,
) -> dict[str, Any]:
    """Tokens of a shape for an embedding with dropout 0; its tables are ours.

    Args:
        positional: None for the choice that is made where none is given.
        rows: the table of tokens, [V, D]; None to draw one.
    """
    if rows is None:
        rows = table(draw, V, D, sizes.get("padding_idx"))
    given = {"vocab_size": len(rows), "d_model": rows.shape[1], "max_len": max_len, "dropout": 0.0}
    weights = {TOKENS: rows}
    if positional is not None:
        given["positional"] = positional
    if positional == "learned":
        weights[POSITIONS] = table(draw, max_len, rows.shape[1])
    return {
        "kind": "TransformerEmbedding",
        "given": ids(draw, *shape, vocab_size=len(rows)),
        "sizes": given | sizes,
        "weights": weights,
    }


@check("04.15", points=2)
def test_with_learned(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """With learned positions: the scaled row of each token, plus the row of its position."""
    same = embedding(draw, B, T) | {"given": np.full((B, T), 4)}
    runs = (embedding(draw, T, T), embedding(draw, B, T), same, embedding(draw, 3, 1))
    assert_same_runs(learner, reference, scenarios.layer, *runs)


@check("04.15", points=2)
def test_with_waves(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """With waves, which is the default: the scaled row of each token, plus the table's row."""
    runs = [
        embedding(draw, *shape, positional=positional) | {"dtype": "float32"}
        for shape in ((T, T), (B, T), (3, 1), (1, MAX_LEN))
        for positional in ("sinusoidal", None)
    ]
    precise = embedding(draw, B, T, positional="sinusoidal", rows=loud(draw, V, D))
    assert_same_runs(learner, reference, scenarios.layer, *runs, precise)


@check("04.15", points=3)
def test_embedding_gradients(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """The gradients of the table of tokens, and of learned positions, are right."""
    cotangent = draw.floats(B, T, D)
    assert_same_runs(
        learner,
        reference,
        scenarios.layer_with_gradients,
        embedding(draw, B, T) | {"cotangent": cotangent},
        embedding(draw, B, T, positional="sinusoidal")
        | {"cotangent": cotangent.astype("float32"), "dtype": "float32"},
    )


@check("04.15", points=2)
def test_embedding_padding(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Padding gives its zero row plus its position; the row gets no gradient and is zero when new."""
    for padding in (3, 0):
        run = embedding(draw, B, T, padding_idx=padding) | {"cotangent": draw.floats(B, T, D)}
        run["given"][0, 1] = run["given"][1, 3] = padding
        assert_same_runs(learner, reference, scenarios.layer_with_gradients, run)
        fresh = {
            "kind": run["kind"],
            "tokens": np.full((B, T), padding),
            "key": TOKENS,
            "sizes": without(run["sizes"], "positional"),
        }
        assert_same_runs(learner, reference, scenarios.padding_of_new_layer, fresh)


@check("04.15", points=2)
def test_embedding_dropped(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Dropout acts once, on the sum, in training only; at a rate of 0.1 where none is given."""
    with_waves = embedding(
        draw, 3, 20, positional="sinusoidal", max_len=20, rows=nonzero(draw, V, 24)
    )
    with_learned = embedding(draw, 3, 20, max_len=20, rows=nonzero(draw, V, 24))
    for still in (with_waves | {"dtype": "float32"}, with_learned):
        assert_drops(learner, reference, with_rate(still, 0.25, False), 0.25)
        assert_same_runs(learner, reference, scenarios.layer, with_rate(still, 1.0, True))
    unsaid = with_learned | {"sizes": without(with_learned["sizes"], "dropout")}
    assert_drops(learner, reference, unsaid, 0.1)


@check("04.15", points=1)
def test_embedding_in_turn(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Views work like any tensor, and each call of one layer is as right as the first."""
    run = without(embedding(draw, B, T), "given")
    run["inputs"] = [ids(draw, *shape) for shape in ((B, T), (3, 7), (1, 2))]
    runs = (run | {"moved": moved} for moved in (False, True))
    assert_same_runs(learner, reference, scenarios.layer_in_turn, *runs)


@check("04.15", points=1)
def test_embedding_lengths(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """More tokens than max_len are a ValueError; max_len is 1024 where none is given."""
    rows = loud(draw, V, 2)
    long = embedding(draw, 1, 1024, positional="sinusoidal", rows=rows)
    long["sizes"] = without(long["sizes"], "max_len")
    good = embedding(draw, B, T, max_len=T)
    shorter = embedding(draw, B, T, max_len=T - 1)
    by_waves = embedding(draw, B, T, positional="sinusoidal", max_len=T - 1)
    assert_refuses(
        learner,
        reference,
        scenarios.layer_in_chosen_calls,
        draw=draw,
        good=[good, embedding(draw, B, 1, max_len=1), long],
        bad={
            "more tokens than learned positions": shorter,
            "more tokens than positions of waves": by_waves,
            "1025 tokens": long | {"given": ids(draw, 1, 1025)},
        },
    )


@check("04.15", points=1)
def test_embedding_ids(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Ids below 0 or not below the vocabulary's size are refused, and all others are not."""
    assert_refuses_ids(learner, reference, draw, embedding(draw, B, T))


@check("04.15", points=1)
def test_embedding_built(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Another word for positional, and what the parts refuse, are a ValueError."""
    good = embedding(draw, B, T)
    waves = embedding(draw, B, T, positional="sinusoidal", rows=loud(draw, V, D))
    changes = (
        ("positional", "rotary"),
        ("positional", "Learned"),
        ("padding_idx", V),
        ("dropout", 1.5),
        ("max_len", 0),
    )
    assert_refuses(
        learner,
        reference,
        scenarios.built_layers,
        draw=draw,
        good=[good, waves, embedding(draw, B, T, padding_idx=V - 1)],
        bad={
            f"{name} of {value!r}": good | {"sizes": good["sizes"] | {name: value}}
            for name, value in changes
        },
    )
