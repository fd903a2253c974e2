"""Checks of module 07, ``practice/sampling.py``, 07.1 to 07.8: from scores to what may be drawn."""

from __future__ import annotations

import numpy as np

from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Draw
from .practice_sampling_inputs import (
    B,
    V,
    exact_probabilities,
    logits,
    probabilities,
    some_filtered,
)
from .scenarios import practice_sampling as scenarios

# ---- 07.1 most_probable


@check("07.1", points=1)
def test_most_probable(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each row gives the id of its highest score, as int64."""
    assert_same_runs(
        learner,
        reference,
        scenarios.most_probable,
        {"logits": logits(draw, V, V)},
        {"logits": logits(draw, B, V) - 20.0},
        {"logits": logits(draw, 1, 2)},
        {"logits": logits(draw, 2, 1)},
        {"logits": logits(draw, B, V, dtype="float32") * 4096},
        {"logits": some_filtered(draw, 7)},
    )


@check("07.1", points=1)
def test_most_probable_ties(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Of equal scores, the one with the lowest id wins."""
    runs = [{"logits": draw.integers(0, 3, 7, size) - 1.0} for size in (V, 40)]
    assert_same_runs(learner, reference, scenarios.most_probable, *runs)


# ---- 07.2 softmax_with_temperature

TEMPERATURES = (0.5, 1.0, 3.0)


@check("07.2", points=1)
def test_softmax(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The scores are divided by the temperature, then softmax makes each row add up to 1."""
    runs = [{"logits": logits(draw, B, V), "temperature": value} for value in TEMPERATURES]
    square = {"logits": logits(draw, V, V), "temperature": 0.7}
    single = {"logits": logits(draw, 1, V, dtype="float32"), "temperature": 2.0}
    assert_same_runs(learner, reference, scenarios.softmax_with_temperature, square, *runs, single)


@check("07.2", points=1)
def test_softmax_extremes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Scores of ten thousand do not overflow, at any temperature; a filtered token gets 0."""
    loud = logits(draw, B, V) * 2500.0
    runs = [{"logits": loud, "temperature": value} for value in (0.01, 1.0, 1000.0)]
    far = {"logits": logits(draw, B, V) + 10000.0, "temperature": 1.5}
    low = {"logits": logits(draw, B, V) - 10000.0, "temperature": 0.5}
    filtered = {"logits": some_filtered(draw, B), "temperature": 0.8}
    assert_same_runs(
        learner, reference, scenarios.softmax_with_temperature, *runs, far, low, filtered
    )


@check("07.2", points=1)
def test_softmax_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradient of the scores is right, at each temperature."""
    for temperature in TEMPERATURES:
        inputs = {"logits": logits(draw, B, V), "temperature": temperature}
        assert_same_runs(learner, reference, scenarios.softmax_with_temperature, inputs)
        inputs |= {"cotangent": draw.floats(B, V)}
        assert_same_runs(learner, reference, scenarios.softmax_with_gradients, inputs)


@check("07.2", points=1)
def test_softmax_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A temperature of 0, or a negative one, is a ValueError."""
    given = {"logits": logits(draw, B, V)}
    assert_refuses(
        learner,
        reference,
        scenarios.softmax_with_temperature_in_chosen_calls,
        draw=draw,
        good=[given | {"temperature": value} for value in (1.0, 0.125, 40.0)],
        bad={f"a temperature of {v}": given | {"temperature": v} for v in (0.0, -1.0)},
    )


# ---- 07.3 entropy_by_temperature


@check("07.3", points=1)
def test_entropies(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each temperature has a row of entropies in nats, one for each row of scores."""
    assert_same_runs(
        learner,
        reference,
        scenarios.entropy_by_temperature,
        {"logits": logits(draw, 4, 4), "temperatures": [0.5, 1.0, 2.0, 4.0]},
        {"logits": logits(draw, B, V), "temperatures": [0.3, 3.0]},
        {"logits": logits(draw, 1, V), "temperatures": [1.0]},
        {"logits": logits(draw, B, V, dtype="float32"), "temperatures": [1.25, 0.75]},
    )


@check("07.3", points=1)
def test_entropy_extremes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A token of probability 0 adds nothing: cold rows come to 0, hot ones to ln of what is left."""
    assert_same_runs(
        learner,
        reference,
        scenarios.entropy_by_temperature,
        {"logits": logits(draw, B, V), "temperatures": [1e-3, 1e6]},
        {"logits": logits(draw, B, V) * 2500.0, "temperatures": [1.0, 0.01]},
        {"logits": some_filtered(draw, B), "temperatures": [0.5, 1e6]},
    )


@check("07.3", points=1)
def test_entropy_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Temperatures that are not all above 0 are a ValueError."""
    given = {"logits": logits(draw, B, V)}
    assert_refuses(
        learner,
        reference,
        scenarios.entropy_by_temperature_in_chosen_calls,
        draw=draw,
        good=[given | {"temperatures": [0.5, 2.0]}, given | {"temperatures": [1.0]}],
        bad={
            "a temperature of 0 among others": given | {"temperatures": [1.0, 0.0, 2.0]},
            "a last temperature below 0": given | {"temperatures": [1.0, -0.5]},
        },
    )


# ---- 07.4 top_k_mask


@check("07.4", points=1)
def test_mask_of_k(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The k highest scores of each row are True, and nothing else; a k above V means all."""
    ks = (1, 3, V - 1, V, V + 1, 50)
    runs = [{"logits": logits(draw, B, V), "k": k} for k in ks]
    square = {"logits": logits(draw, V, V), "k": 4}
    single = {"logits": logits(draw, 1, V, dtype="float32") - 9.0, "k": 2}
    assert_same_runs(learner, reference, scenarios.top_k_mask, square, *runs, single)


@check("07.4", points=1)
def test_mask_of_k_ties(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Exactly k are True where scores are equal too: those of the lowest ids."""
    runs = [
        {"logits": draw.integers(0, 3, 6, size) - 1.0, "k": k}
        for size, k in ((V, 1), (V, 4), (V, 7), (40, 11))
    ]
    alike = {"logits": np.zeros((2, V)), "k": 3}
    assert_same_runs(learner, reference, scenarios.top_k_mask, alike | {"k": V + 1}, *runs, alike)


@check("07.4", points=1)
def test_mask_of_k_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A k below 1 is a ValueError."""
    given = {"logits": logits(draw, B, V)}
    assert_refuses(
        learner,
        reference,
        scenarios.top_k_mask_in_chosen_calls,
        draw=draw,
        good=[given | {"k": k} for k in (1, 2, V + 5)],
        bad={f"a k of {k}": given | {"k": k} for k in (0, -1)},
    )


# ---- 07.7 nucleus_size


@check("07.7", points=1)
def test_size_of_nucleus(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The sizes are those of the smallest sets that reach p, whatever the order of the tokens."""
    runs = [{"probabilities": probabilities(draw, 7, V), "p": p} for p in (0.3, 0.62, 0.93)]
    square = {"probabilities": probabilities(draw, V, V), "p": 0.81}
    single = {"probabilities": exact_probabilities(draw, 1, dtype="float32"), "p": 0.7003}
    assert_same_runs(learner, reference, scenarios.nucleus_size, square, *runs, single)


@check("07.7", points=1)
def test_size_at_the_edges(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The token that reaches p counts, a sum of just p is enough, and the best token always counts."""
    rows = np.array(
        [[2.0, 8.0, 1.0, 5.0], [4.0, 4.0, 4.0, 4.0], [1.0, 1.0, 1.0, 13.0], [16.0, 0.0, 0.0, 0.0]]
    )
    shares = (0.5, 0.8125, 0.05, 0.25, 0.6, 0.9)
    runs = [{"probabilities": rows / 16, "p": p} for p in shares]
    every = {"probabilities": rows[:3] / 16, "p": 1.0}
    assert_same_runs(learner, reference, scenarios.nucleus_size, *runs, every)


@check("07.7", points=1)
def test_size_of_nucleus_refuses(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """A p that is not above 0, or is above 1, is a ValueError."""
    given = {"probabilities": exact_probabilities(draw, B)}
    assert_refuses(
        learner,
        reference,
        scenarios.nucleus_size_in_chosen_calls,
        draw=draw,
        good=[given | {"p": p} for p in (0.7003, 0.0004, 0.9999)],
        bad={f"a p of {p}": given | {"p": p} for p in (0.0, -0.5, 1.5)},
    )


# ---- 07.8 renormalise


@check("07.8", points=1)
def test_renormalised(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Dropped tokens get 0; the others keep their proportions and add up to 1, row by row."""
    runs = []
    for rows in (V, B, 1):
        keep = draw.booleans(rows, V)
        keep[:, 2] = True
        runs.append({"probabilities": probabilities(draw, rows, V), "keep": keep})
    given = probabilities(draw, B, V)
    runs.append({"probabilities": given, "keep": np.ones((B, V), dtype=bool)})
    runs.append({"probabilities": given, "keep": np.arange(V) == draw.integers(0, V, B, 1)})
    runs.append({"probabilities": given * 0.25, "keep": runs[1]["keep"]})
    runs.append({"probabilities": given.astype("float32"), "keep": runs[1]["keep"]})
    assert_same_runs(learner, reference, scenarios.renormalise, *runs)


@check("07.8", points=1)
def test_renormalised_gradients(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """A kept token changes the others through their sum; a dropped one changes nothing."""
    keep = draw.booleans(B, V)
    keep[:, 4:6] = True, False
    inputs = {"probabilities": probabilities(draw, B, V), "keep": keep}
    assert_same_runs(learner, reference, scenarios.renormalise, inputs)
    inputs |= {"cotangent": draw.floats(B, V)}
    assert_same_runs(learner, reference, scenarios.renormalise_with_gradients, inputs)


@check("07.8", points=1)
def test_renormalised_refuses(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """A row of which nothing, or nothing but zeros, is kept is a ValueError."""
    given = {"probabilities": probabilities(draw, B, V)}
    given["probabilities"][1, 3:5] = 0.0
    keep = draw.booleans(B, V)
    keep[:, 0] = True
    nothing, zeros = keep.copy(), keep.copy()
    nothing[2], zeros[1] = False, False
    zeros[1, 3:5] = True
    assert_refuses(
        learner,
        reference,
        scenarios.renormalise_in_chosen_calls,
        draw=draw,
        good=[given | {"keep": keep}, given | {"keep": np.ones((B, V), dtype=bool)}],
        bad={
            "a row of which nothing is kept": given | {"keep": nothing},
            "a row of which only zeros are kept": given | {"keep": zeros},
        },
    )
