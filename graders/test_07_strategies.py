"""Checks of module 07, ``sampling/strategies.py``: the choices, 07.9 to 07.13.

What is drawn is judged by its distribution, with bounds that right work misses less than once in a
million times. The sets that draws come from are told apart by a table of probabilities.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation, Result
from .chance import assert_drawn_from
from .check import check
from .compare import assert_parity, assert_refuses, require
from .inputs import Array, Draw
from .sampling_inputs import FEW, MANY, chances_of, logits_of
from .scenarios import sampling as scenarios

COPIES = 1024
ROWS = 240  # where seeds are compared
COLD = 1e-12  # a temperature at which only the likeliest token is drawn

# ---- 07.9 greedy_sample


@check("07.9", points=1)
def test_greedy(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The place of the largest logit of each row, as an id; the first place where some are equal."""
    negative = -5.0 - np.abs(draw.floats(3, 6))
    tied = np.array([[0.0, 2.0, 1.0, 2.0, 2.0], [7.0] * 5, [-3.0, -np.inf, -3.0, -4.0, -4.0]])
    runs: list[Array] = [negative, negative.astype("float32"), tied, draw.floats(1, 9)]
    for logits in (*runs, draw.floats(4, 1), 1e4 * draw.floats(2, 7)):
        got = learner.run(scenarios.sample, sampler="greedy_sample", logits=logits)
        assert_parity(got, Result(got.call, {"ids": np.argmax(logits, axis=-1)}))


# ---- draws


def assert_ids(got: Result, name: str, count: int) -> Array:
    """``got[name]`` is one integer for each row, which is given back."""
    require(name in got.tensors, f"`{name}` is missing", got)
    ids = got[name]
    require(ids.shape == (count,), f"`{name}` has shape {[*ids.shape]}, expected {[count]}", got)
    require(ids.dtype == np.int64, f"`{name}` has dtype {ids.dtype}, expected int64", got)
    return ids


def assert_draws(
    learner: Implementation, sampler: str, logits: Array, chances: Array, **given: Any
) -> None:
    """Two rows are drawn from with these chances, and neighbours on their own."""
    got = learner.run(scenarios.sample, sampler=sampler, logits=logits, copies=COPIES, **given)
    ids = assert_ids(got, "ids", 2 * COPIES).reshape(COPIES, 2)
    law = "the probabilities of {}".format(
        ", ".join(f"{name}={value}" for name, value in given.items()) or "softmax(logits)"
    )
    for row in range(2):
        assert_drawn_from(chances[row], ids[:, row], got, law)
    size = chances.shape[1]
    both = np.outer(chances[0], chances[1]).ravel()
    law = "the product of two rows' probabilities: rows are not drawn on their own"
    assert_drawn_from(both, ids[:, 0] * size + ids[:, 1], got, law)


def assert_seeded(learner: Implementation, sampler: str, draw: Draw, **given: Any) -> None:
    """Generators of equal seeds give equal ids, others do not; the logits stay as they were.

    A temperature that is not stated is 1: equal seeds give equal ids there, too.
    """
    logits, _ = logits_of(draw, MANY, ROWS)
    inputs = {"sampler": sampler, "logits": logits, "seeds": [7, 8, 7], **given}
    got = learner.run(scenarios.sample_with_seeds, **inputs)
    one, other, again = (assert_ids(got, f"ids of run {n}", ROWS) for n in range(3))
    require(np.array_equal(one, again), "generators of equal seeds gave different ids", got)
    require(not np.array_equal(one, other), "generators of other seeds gave the same ids", got)
    assert_parity(got, Result(got.call, {"logits after the calls": logits}))
    if "temperature" not in given:
        got = learner.run(scenarios.sample_with_seeds, **inputs, temperature=1.0)
        stated = assert_ids(got, "ids of run 0", ROWS)
        require(np.array_equal(one, stated), "a temperature of 1 that is stated changes ids", got)


def assert_sampler_refuses(
    learner: Implementation,
    reference: Implementation,
    draw: Draw,
    sampler: str,
    usual: dict[str, Any],
    bad: dict[str, dict[str, Any]],
) -> None:
    """What is out of range is refused; calls in which no chance is left give the likeliest."""
    logits, _ = logits_of(draw, MANY, 3)
    good = {"sampler": sampler, "logits": logits, **usual, "temperature": COLD}
    assert_refuses(
        learner,
        reference,
        scenarios.sample_in_chosen_calls,
        draw=draw,
        good=[good, {**good, "logits": logits[:1]}, {**good, "logits": logits * 0.01}],
        bad={label: good | changes for label, changes in bad.items()},
    )


TEMPERATURES: dict[str, dict[str, Any]] = {
    "a temperature of 0": {"temperature": 0.0},
    "a negative temperature": {"temperature": -0.5},
}

# ---- 07.10 temperature_sample


@check("07.10", points=2)
def test_temperature(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A token is drawn for each row, on its own, with the chance that softmax(logits / temperature)
    gives it; without a temperature it is 1."""
    logits, _ = logits_of(draw, FEW, 2)
    assert_draws(learner, "temperature_sample", logits, chances_of(reference, logits))
    for temperature in (0.4, 2.0):
        chances = chances_of(reference, logits, temperature)
        assert_draws(learner, "temperature_sample", logits, chances, temperature=temperature)
    for row in ([1e4, 0.0, -1e4, 9999.0], [-np.inf, -9999.5, -1e4, -np.inf]):
        extreme = np.array([draw.shuffled(row), draw.shuffled(row)])
        chances = chances_of(reference, extreme)
        assert_draws(learner, "temperature_sample", extreme, chances)


@check("07.10", points=1)
def test_temperature_seeds(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """All chance comes from the generator: equal seeds give equal ids. The logits stay as they were."""
    for given in ({}, {"temperature": 0.8}):
        assert_seeded(learner, "temperature_sample", draw, **given)


@check("07.10", points=1)
def test_temperature_range(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A temperature of 0 or below is refused, one close to 0 gives the likeliest token."""
    assert_sampler_refuses(learner, reference, draw, "temperature_sample", {}, TEMPERATURES)


# ---- 07.11 top_k_sample


@check("07.11", points=2)
def test_top_k(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Only the k likeliest are drawn, with the chances that the temperature gives them."""
    logits, _ = logits_of(draw, FEW, 2)
    for k, temperature in ((1, 1.0), (2, 0.4), (3, 2.0), (9, 0.7)):
        chances = chances_of(reference, logits, temperature, top_k=k)
        assert_draws(learner, "top_k_sample", logits, chances, k=k, temperature=temperature)
    assert_draws(learner, "top_k_sample", logits, chances_of(reference, logits, top_k=3), k=3)


@check("07.11", points=1)
def test_top_k_seeds(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """All chance comes from the generator: equal seeds give equal ids. The logits stay as they were."""
    assert_seeded(learner, "top_k_sample", draw, k=5)


@check("07.11", points=1)
def test_top_k_range(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A k below 1 and a temperature not above 0 are refused."""
    bad = TEMPERATURES | {"a k of 0": {"k": 0}}
    assert_sampler_refuses(learner, reference, draw, "top_k_sample", {"k": 4}, bad)


# ---- 07.12 top_p_sample


@check("07.12", points=2)
def test_top_p(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Only the smallest set that reaches p is drawn from; set and chances follow the temperature."""
    logits, _ = logits_of(draw, FEW, 2)
    for p, temperature in (
        (0.6, 1.0),
        (0.9, 1.0),
        (0.45, 2.0),  # two tokens reach it; at 1 one does
        (0.9, 0.4),  # two tokens reach it; at 1 it takes three
        (1.0, 1.5),
    ):
        chances = chances_of(reference, logits, temperature, top_p=p)
        assert_draws(learner, "top_p_sample", logits, chances, p=p, temperature=temperature)
    assert_draws(learner, "top_p_sample", logits, chances_of(reference, logits, top_p=0.7), p=0.7)


@check("07.12", points=1)
def test_top_p_seeds(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """All chance comes from the generator: equal seeds give equal ids. The logits stay as they were."""
    assert_seeded(learner, "top_p_sample", draw, p=0.93)


@check("07.12", points=1)
def test_top_p_range(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A p out of range and a temperature not above 0 are refused."""
    bad = TEMPERATURES | {"a negative p": {"p": -0.1}, "a p above 1": {"p": 1.5}}
    assert_sampler_refuses(learner, reference, draw, "top_p_sample", {"p": 0.9}, bad)


# ---- 07.13 combined_sample


@check("07.13", points=3)
def test_combined(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Temperature, then top-k, then top-p on the renormalised rest; each may be left out."""
    logits, _ = logits_of(draw, FEW, 2)
    given: dict[str, Any]
    for given in (
        {},
        {"temperature": 0.4},
        {"top_k": 3},
        {"top_p": 0.7},
        {"top_k": 2, "top_p": 0.6},  # one token is left: of the two, it has 0.625
        {"top_k": 3, "top_p": 0.5, "temperature": 2.0},  # two tokens are left; at 1 one would be
        {"top_k": 3, "top_p": 0.85, "temperature": 0.7},  # two tokens are left; at 1 three would be
    ):
        chances = chances_of(reference, logits, **given)
        assert_draws(learner, "combined_sample", logits, chances, **given)


@check("07.13", points=1)
def test_combined_seeds(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """All chance comes from the generator: equal seeds give equal ids. The logits stay as they were."""
    for given in ({"top_k": 6, "top_p": 0.9}, {"temperature": 0.7}):
        assert_seeded(learner, "combined_sample", draw, **given)


@check("07.13", points=1)
def test_combined_range(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A temperature not above 0, a negative top_k and a top_p out of range are refused."""
    bad = TEMPERATURES | {
        "a negative top_k": {"top_k": -1},
        "a negative top_p": {"top_p": -0.1},
        "a top_p above 1": {"top_p": 1.5},
    }
    usual = {"top_k": 4, "top_p": 0.9}
    assert_sampler_refuses(learner, reference, draw, "combined_sample", usual, bad)
