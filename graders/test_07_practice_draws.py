"""Checks of module 07, ``practice/sampling.py``, 07.14 to 07.24: draws, a penalty, one more filter.

The chance that a draw uses is given, so draws are compared one by one.
"""

from __future__ import annotations

import numpy as np

from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Array, Draw
from .practice_sampling_inputs import (
    B,
    T,
    V,
    exact_probabilities,
    logits,
    some_filtered,
    uniforms,
)
from .scenarios import practice_sampling as scenarios

ROWS = 40  # draws, so that no two ways to draw agree by chance

# ---- 07.14 draw_by_inverse


@check("07.14", points=2)
def test_inverse_draws(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each row draws the token in whose part of the line its own number lies."""
    runs = [
        {"probabilities": exact_probabilities(draw, rows, size), "uniforms": uniforms(draw, rows)}
        for rows, size in ((ROWS, ROWS), (ROWS, V), (1, V), (B, 1))
    ]
    same = {"probabilities": np.repeat(exact_probabilities(draw, 1), ROWS, axis=0)}
    same |= {"uniforms": uniforms(draw, ROWS)}
    single = {"probabilities": exact_probabilities(draw, ROWS, dtype="float32")}
    single |= {"uniforms": uniforms(draw, ROWS, dtype="float32")}
    assert_same_runs(learner, reference, scenarios.draw_by_inverse, *runs, same, single)


@check("07.14", points=1, double_only=True)
def test_inverse_edges(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A number that is just a sum belongs to the next token; none of probability 0 is drawn; past
    the end by rounding comes the last."""
    numbers = np.arange(16) / 16
    rows = np.array([[4.0, 0.0, 2.0, 0.0, 9.0, 1.0], [0.0, 0.0, 8.0, 4.0, 4.0, 0.0]]) / 16
    runs: list[dict[str, Array]] = [
        {"probabilities": np.repeat(row[None], 16, axis=0), "uniforms": numbers} for row in rows
    ]
    short = np.array([[0.25, 0.25, 0.5 - 2.0**-40], [0.5, 0.25, 0.25]])
    runs.append({"probabilities": short, "uniforms": np.array([1 - 2.0**-41, 1 - 2.0**-41])})
    assert_same_runs(learner, reference, scenarios.draw_by_inverse, *runs)


@check("07.14", points=1)
def test_inverse_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Numbers below 0 or not below 1, or too few or too many, are a ValueError."""
    given = {"probabilities": exact_probabilities(draw, B), "uniforms": uniforms(draw, B)}
    ends = np.array([0.0, 1 - 2.0**-20, 0.5])
    assert_refuses(
        learner,
        reference,
        scenarios.draw_by_inverse_in_chosen_calls,
        draw=draw,
        good=[given, given | {"uniforms": ends}],
        bad={
            "a number of 1": given | {"uniforms": np.array([0.5, 0.25, 1.0])},
            "a number below 0": given | {"uniforms": np.array([0.5, -0.25, 0.75])},
            "one number for all rows": given | {"uniforms": uniforms(draw, 1)},
            "a number too many": given | {"uniforms": uniforms(draw, B + 1)},
        },
    )


# ---- 07.15 draw_by_gumbel


@check("07.15", points=1)
def test_gumbel_draws(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each row draws the token whose score with its own noise is the highest."""
    runs = [
        {"logits": logits(draw, rows, size), "uniforms": uniforms(draw, rows, size)}
        for rows, size in ((ROWS, ROWS), (ROWS, V), (1, V), (B, 1))
    ]
    assert_same_runs(learner, reference, scenarios.draw_by_gumbel, *runs)


@check("07.15", points=1, double_only=True)
def test_gumbel_extremes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Scores may be any size, and equal; a filtered token is never drawn."""
    noise = {"uniforms": uniforms(draw, ROWS, V)}
    assert_same_runs(
        learner,
        reference,
        scenarios.draw_by_gumbel,
        noise | {"logits": some_filtered(draw, ROWS)},
        noise | {"logits": logits(draw, ROWS, V) * 2500.0},
        noise | {"logits": logits(draw, ROWS, V) - 10000.0},
        noise | {"logits": np.zeros((ROWS, V))},
    )


@check("07.15", points=1)
def test_gumbel_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Numbers not above 0 or not below 1, or not one for each score, are a ValueError."""
    given = {"logits": logits(draw, B, V), "uniforms": uniforms(draw, B, V)}
    bad = {f"a number of {edge:g}": edge for edge in (0.0, 1.0, -0.5, 1.5)}
    edges = {}
    for label, edge in bad.items():
        edges[label] = given | {"uniforms": given["uniforms"].copy()}
        edges[label]["uniforms"][1, 3] = edge
    assert_refuses(
        learner,
        reference,
        scenarios.draw_by_gumbel_in_chosen_calls,
        draw=draw,
        good=[given, given | {"uniforms": uniforms(draw, B, V)}],
        bad=edges
        | {
            "one number for each row": given | {"uniforms": uniforms(draw, B, 1)},
            "one number for each token": given | {"uniforms": uniforms(draw, V)},
        },
    )


# ---- 07.16 repetition_penalty


@check("07.16", points=1)
def test_penalised(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Seen tokens lose: a positive score is divided, a negative one multiplied; others stay."""
    seen = np.argsort(draw.integers(0, 2**30, B, V), axis=-1)[:, :T]  # no id comes twice in a row
    runs = [
        {"logits": logits(draw, B, V), "tokens": seen, "penalty": penalty}
        for penalty in (1.25, 3.0, 0.5, 1.0)
    ]
    square = {"logits": logits(draw, V, V), "tokens": draw.integers(0, V, V, 1), "penalty": 2.0}
    single = {"logits": logits(draw, 1, V, dtype="float32"), "tokens": seen[:1], "penalty": 1.5}
    assert_same_runs(learner, reference, scenarios.repetition_penalty, square, *runs, single)


@check("07.16", points=1)
def test_penalised_once(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A token counts once, however often it stands in the text, and only for its own row."""
    tokens = draw.integers(0, 4, B, 9)
    low = {"logits": logits(draw, B, V) - 9.0, "tokens": tokens, "penalty": 1.5}
    high = low | {"logits": logits(draw, B, V) + 9.0}
    edges = low | {"logits": np.round(some_filtered(draw, B))}
    assert_same_runs(learner, reference, scenarios.repetition_penalty, low, high, edges)


@check("07.16", points=1)
def test_penalty_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A penalty that is not above 0 is a ValueError."""
    given = {"logits": logits(draw, B, V), "tokens": draw.integers(0, V, B, T)}
    assert_refuses(
        learner,
        reference,
        scenarios.repetition_penalty_in_chosen_calls,
        draw=draw,
        good=[given | {"penalty": penalty} for penalty in (1.5, 0.25)],
        bad={f"a penalty of {value}": given | {"penalty": value} for value in (0.0, -1.5)},
    )


# ---- 07.24 filter_min_p


@check("07.24", points=1)
def test_min_p(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """What has at least the share of the best probability stays as it was, the rest is -inf."""
    runs = [{"logits": logits(draw, B, V), "min_p": share} for share in (0.05, 0.2, 0.6)]
    square = {"logits": logits(draw, V, V), "min_p": 0.1}
    coarse = np.round(logits(draw, 1, V, dtype="float32") * 4) / 4  # none of them near ln 0.3
    single = {"logits": coarse, "min_p": 0.3}
    assert_same_runs(learner, reference, scenarios.filter_min_p, square, *runs, single)


@check("07.24", points=1)
def test_min_p_extremes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A share of 1 keeps the best and its equals; scores may be large, or filtered before."""
    ties = {"logits": draw.integers(0, 3, 7, V) - 1.0, "min_p": 1.0}
    runs = [{"logits": logits(draw, B, V) + far, "min_p": 0.2} for far in (10000.0, -10000.0)]
    loud = {"logits": logits(draw, B, V) * 2500.0, "min_p": 0.01}
    filtered = {"logits": some_filtered(draw, B), "min_p": 0.1}
    assert_same_runs(learner, reference, scenarios.filter_min_p, filtered, ties, *runs, loud)


@check("07.24", points=1)
def test_min_p_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A share that is not above 0, or is above 1, is a ValueError."""
    given = {"logits": logits(draw, B, V)}
    assert_refuses(
        learner,
        reference,
        scenarios.filter_min_p_in_chosen_calls,
        draw=draw,
        good=[given | {"min_p": share} for share in (1.0, 0.3, 0.0625)],
        bad={f"a share of {share}": given | {"min_p": share} for share in (0.0, -0.25, 1.5)},
    )
