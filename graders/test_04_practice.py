"""Checks of module 04, ``practice/embeddings.py``, 04.1 to 04.7: lookups and waves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .embedding_inputs import B, D, T, V, ids
from .inputs import Array, Draw
from .outcomes import RefusalCode
from .scenarios import practice_embeddings as scenarios

Given = dict[str, Any]


def same_steps(
    learner: Implementation, reference: Implementation, function: str, *runs: Given
) -> None:
    """Parity in each of several calls of one function of the practice file."""
    runs = tuple({"function": function} | run for run in runs)
    assert_same_runs(learner, reference, scenarios.step, *runs)


def same_gradients(
    learner: Implementation, reference: Implementation, function: str, run: Given, cotangent: Array
) -> None:
    """Parity of the values, and of the gradients of all that a function was given."""
    run = {"function": function, "cotangent": cotangent} | run
    assert_same_runs(learner, reference, scenarios.step_with_gradients, run)


def refuses(
    learner: Implementation,
    reference: Implementation,
    draw: Draw,
    function: str,
    good: Sequence[Given],
    bad: Mapping[str, Given],
    *allowed: RefusalCode,
) -> None:
    """Bad calls of one function raise ValueError, or one of ``allowed``; good ones are right."""
    assert_refuses(
        learner,
        reference,
        scenarios.step_in_chosen_calls,
        draw=draw,
        good=[{"function": function} | call for call in good],
        bad={label: {"function": function} | call for label, call in bad.items()},
        allowed=(RefusalCode.VALUE_ERROR, *allowed),
    )


# ---- 04.1 one_hot_lookup


@check("04.1", points=1)
def test_lookup(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each id becomes its row of the table, and each row gets the sum of its gradients."""
    name = "one_hot_lookup"
    same_steps(
        learner,
        reference,
        name,
        {"tokens": ids(draw, T, T, vocab_size=T), "table": draw.floats(T, T)},
        {"tokens": ids(draw, B, T), "table": draw.floats(V, D)},
        {"tokens": ids(draw, 1, 1, vocab_size=1), "table": draw.floats(1, D)},
        {"tokens": ids(draw, B, T), "table": draw.floats(V, D, dtype="float32")},
    )
    run = {"tokens": ids(draw, B, T, vocab_size=4), "table": draw.floats(4, D)}
    same_gradients(learner, reference, name, run, draw.floats(B, T, D))


@check("04.1", points=1)
def test_lookup_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Ids below 0 or not below the number of rows are refused, and all others are not."""
    good = {"tokens": ids(draw, B, T), "table": draw.floats(V, D)}
    good["tokens"][0, 0], good["tokens"][1, 1] = V - 1, 0
    above, below = good["tokens"].copy(), good["tokens"].copy()
    above[1, 2], below[0, 3] = V, -1
    bad = {
        "an id equal to the number of rows": good | {"tokens": above},
        "an id of -1": good | {"tokens": below},
    }
    calls = [good, good | {"tokens": ids(draw, 1, T)}]
    refuses(learner, reference, draw, "one_hot_lookup", calls, bad, RefusalCode.INDEX_ERROR)


# ---- 04.2 scale_embeddings


@check("04.2", points=2)
def test_scaled_vectors(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The vectors are multiplied by the square root of their width; those given stay as they were."""
    name = "scale_embeddings"
    shapes = ((B, T, D), (T, 16), (3, B, T, 7), (1,))
    runs = [{"vectors": draw.floats(*shape)} for shape in shapes]
    single = {"vectors": draw.floats(B, T, 5, dtype="float32")}
    same_steps(learner, reference, name, *runs, single)
    run = {"vectors": draw.floats(B, T, D)}
    same_gradients(learner, reference, name, run, draw.floats(B, T, D))


# ---- 04.3 padded_lookup


@check("04.3", points=1)
def test_padding_values(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Padding gives zeros, every other token its row; the table given stays as it was."""
    runs = []
    for padding in (3, 0):
        tokens = ids(draw, B, T)
        tokens[0, 1] = tokens[1, 3] = padding
        runs.append({"tokens": tokens, "table": draw.floats(V, D), "padding_idx": padding})
    single = runs[0] | {"table": draw.floats(V, D, dtype="float32")}
    none = {"tokens": ids(draw, B, T), "table": draw.floats(V + 1, D), "padding_idx": V}
    same_steps(learner, reference, "padded_lookup", *runs, single, none)


@check("04.3", points=1)
def test_padding_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The row of padding gets a gradient of zero, and every other row its own."""
    tokens = ids(draw, B, T, vocab_size=4)
    tokens[0, 1] = tokens[1, 3] = 2
    run = {"tokens": tokens, "table": draw.floats(4, D), "padding_idx": 2}
    same_gradients(learner, reference, "padded_lookup", run, draw.floats(B, T, D))


@check("04.3", points=1)
def test_padding_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A padding_idx that is no row of the table is a ValueError, and any other is not."""
    good = {"tokens": ids(draw, B, T), "table": draw.floats(V, D)}
    calls = [good | {"padding_idx": padding} for padding in (0, 4, V - 1)]
    bad = {f"padding_idx of {at}, of {V}": good | {"padding_idx": at} for at in (V, -1)}
    refuses(learner, reference, draw, "padded_lookup", calls, bad)


# ---- 04.5 frequencies


@check("04.5", points=1)
def test_speeds(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Wave i turns by 1 / base^(2i / D) in a position, in float64; the first by 1."""
    runs = [{"d_model": width} for width in (6, 16, 2)]
    others = [{"d_model": 8, "base": base} for base in (100.0, 2.5)]
    same_steps(learner, reference, "frequencies", *runs, *others)


@check("04.5", points=1)
def test_speeds_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A width that is odd or below 2, or a base that is not above 0, is a ValueError."""
    bad: dict[str, Given] = {f"d_model of {width}": {"d_model": width} for width in (7, 1, 0, -2)}
    bad |= {f"base of {base}": {"d_model": 6, "base": base} for base in (0.0, -10.0)}
    good: list[Given] = [{"d_model": 4}, {"d_model": 2}, {"d_model": 6, "base": 0.5}]
    refuses(learner, reference, draw, "frequencies", good, bad)


# ---- 04.6 angles


@check("04.6", points=2)
def test_angles(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Every position meets every speed; positions may be any numbers; gradients reach both."""
    runs = [
        {"positions": draw.floats(rows), "speeds": draw.floats(columns)}
        for rows, columns in ((4, 4), (T, 3), (1, 3), (T, 1))
    ]
    single = {"positions": np.arange(7, dtype="float32"), "speeds": draw.floats(3, dtype="float32")}
    same_steps(learner, reference, "angles", *runs, single)
    same_gradients(learner, reference, "angles", runs[1], draw.floats(T, 3))


# ---- 04.7 sinusoid_table


@check("04.7", points=2)
def test_table(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Row t holds sine and cosine of t times each speed in turn, in float64, right to 1e-9."""
    sizes = ((5, 6), (8, 2), (64, 16), (1, 4), (300, 10))
    runs = [{"max_len": length, "d_model": width} for length, width in sizes]
    same_steps(learner, reference, "sinusoid_table", *runs)


@check("04.7", points=1)
def test_table_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A length below 1, or a width that is odd or below 2, is a ValueError."""
    sizes = ((0, 6), (5, 7), (5, 1), (5, 0))
    bad = {f"max_len {m}, d_model {d}": {"max_len": m, "d_model": d} for m, d in sizes}
    good = [{"max_len": m, "d_model": d} for m, d in ((1, 6), (7, 4), (5, 2))]
    refuses(learner, reference, draw, "sinusoid_table", good, bad)
