"""Checks of module 07, ``sampling/strategies.py``: the filters, 07.5 and 07.6.

What is kept is stated by a table of probabilities. No p is equal to a sum of them, where rounding
would decide. Where tokens are tied only their number counts.
"""

from __future__ import annotations

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, require
from .inputs import Array, Draw
from .sampling_inputs import FEW, MANY, REACHED, kept, logits_of
from .scenarios import sampling as scenarios

V = len(MANY)


def assert_filtered(got: Result, want: Array) -> None:
    """``filtered`` is as it should be."""
    assert_parity(got, Result(got.call, {"filtered": want}))


def assert_number_kept(got: Result, logits: Array, number: int) -> None:
    """In the one row there is, so many are kept, as they were, and none that is below another."""
    filtered = got["filtered"]
    require(filtered.shape == logits.shape, "`filtered` has the wrong shape", got)
    keep = filtered > -np.inf
    require(
        keep.sum() == number,
        f"{int(keep.sum())} tokens are kept, expected {number} of {logits[0].tolist()}",
        got,
    )
    assert_filtered(got, kept(logits, keep))
    dropped = logits[~keep]
    require(
        not dropped.size or logits[keep].min() >= dropped.max(),
        "a token is kept that is less likely than one that is dropped",
        got,
    )


def assert_careful(
    learner: Implementation, function: str, limit: float, number: int, draw: Draw
) -> None:
    """Two calls give what they should and leave the logits as they were."""
    for rows in (1, 3):
        logits, places = logits_of(draw, MANY, rows)
        got = learner.run(
            scenarios.filters_with_care, function=function, logits=logits, limit=limit
        )
        want = kept(logits, places < number)
        after = dict.fromkeys(("logits after the call", "view after the call"), logits)
        want_all = {"filtered": want, "filtered as a view": want, **after}
        assert_parity(got, Result(got.call, want_all))


# ---- 07.5 filter_top_k


@check("07.5", points=1)
def test_k_kept(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The k largest of each row stay as they are, in their places; all others are -inf."""
    for k in (1, 2, 5, V - 1, V):
        for dtype in ("float64", "float32"):
            logits, places = logits_of(draw, MANY, 3, dtype)
            got = learner.run(scenarios.filter_top_k, logits=logits, k=k)
            assert_filtered(got, kept(logits, places < k))
    assert_careful(learner, "filter_top_k", 3, 3, draw)


@check("07.5", points=1)
def test_k_tied(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Exactly k stay, also where some are equal, and where some are -inf already."""
    for row, k in (
        ([0.0] * 6, 4),
        ([3.0, 1.0, 1.0, 1.0, 1.0, 0.5], 3),
        ([-2.0, -2.0, -1.0, -5.0, -2.0], 2),
        ([-2.0, 5.0, 5.0, 5.0], 1),
    ):
        logits = np.array([draw.shuffled(row)])
        got = learner.run(scenarios.filter_top_k, logits=logits, k=k)
        assert_number_kept(got, logits, k)
    logits, places = logits_of(draw, MANY, 2)
    logits = kept(logits, places < 4)
    for k in (2, 6):
        got = learner.run(scenarios.filter_top_k, logits=logits, k=k)
        assert_filtered(got, kept(logits, places < k))


@check("07.5", points=1)
def test_k_range(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A k of V or more keeps all; a k below 1 is refused."""
    logits, _ = logits_of(draw, MANY, 3)
    assert_refuses(
        learner,
        reference,
        scenarios.filter_top_k_in_chosen_calls,
        draw=draw,
        good=[{"logits": logits, "k": k} for k in (1, V, V + 1, 10 * V)],
        bad={
            "a k of 0": {"logits": logits, "k": 0},
            "a negative k": {"logits": logits, "k": -1},
        },
    )


# ---- 07.6 filter_top_p


@check("07.6", points=2)
def test_p_kept(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The likeliest tokens stay, until their probabilities reach p: the one that reaches it, too."""
    for p, number in ((0.3, 1), (0.4, 1), (0.6, 2), (0.7, 2), (0.9, 3), (0.97, 4)):
        logits, places = logits_of(draw, FEW, 1)
        got = learner.run(scenarios.filter_top_p, logits=logits, p=p)
        assert_filtered(got, kept(logits, places < number))
    for p, number in REACHED.items():
        for dtype in ("float64", "float32"):
            logits, places = logits_of(draw, MANY, 3, dtype)
            got = learner.run(scenarios.filter_top_p, logits=logits, p=p)
            assert_filtered(got, kept(logits, places < number))


@check("07.6", points=1)
def test_p_of_each_row(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each row has a set of its own, small where it is sure of itself; the logits stay as they were."""
    sets = draw.shuffled(  # of each row the probabilities, and how many of them reach 0.85
        [([0.1] * 10, 9), ([0.91, *([0.01] * 9)], 1), ([0.4, 0.3, 0.2, *([0.1 / 7] * 7)], 3)]
    )
    logits = np.log(np.array([chances for chances, _ in sets])) + draw.integers(0, 4, 3, 1)
    got = learner.run(scenarios.filter_top_p, logits=logits, p=0.85)
    keep = got["filtered"] > -np.inf
    require(keep.shape == logits.shape, "`filtered` has the wrong shape", got)
    for row, (_, number) in enumerate(sets):
        found = int(keep[row].sum())
        require(found == number, f"{found} tokens of row {row} are kept, expected {number}", got)
        if number < 9:  # the other row is tied
            keep[row] = np.arange(10) < number
    assert_filtered(got, kept(logits, keep))
    assert_careful(learner, "filter_top_p", 0.75, 5, draw)


@check("07.6", points=1)
def test_p_tied(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Of equally likely tokens no more stay than are needed to reach p."""
    for chances, p, number in (
        ([0.125] * 8, 0.3, 3),
        ([0.125] * 8, 0.7, 6),
        ([0.4, 0.2, 0.2, 0.2], 0.5, 2),
        ([0.4, 0.2, 0.2, 0.2], 0.7, 3),
        ([0.25] * 4, 0.1, 1),
    ):
        logits = np.log(np.array([draw.shuffled(chances)])) - 3.0
        got = learner.run(scenarios.filter_top_p, logits=logits, p=p)
        assert_number_kept(got, logits, number)


@check("07.6", points=1)
def test_p_extremes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Logits may be huge, or -inf, as after top-k; and p = 1 keeps all, however unlikely."""
    high = np.array([draw.shuffled([1e4, 9998.0, 0.0, -300.0, -1e4])])
    low = np.array([draw.shuffled([-9998.0, -9997.9, -11e3, -2e4, -3e4])])
    for logits, p, number in ((high, 0.5, 1), (high, 0.95, 2), (low, 0.5, 1), (low, 0.9, 2)):
        got = learner.run(scenarios.filter_top_p, logits=logits, p=p)
        assert_filtered(got, kept(logits, np.argsort(np.argsort(-logits)) < number))
    for logits in (high, low, logits_of(draw, MANY, 2)[0]):
        got = learner.run(scenarios.filter_top_p, logits=logits, p=1.0)
        assert_filtered(got, logits)
    logits, places = logits_of(draw, FEW, 2)
    logits = kept(logits, places < 2)  # of what is left, the first has a probability of 0.625
    for p, number in ((0.6, 1), (0.65, 2), (1.0, 2)):
        got = learner.run(scenarios.filter_top_p, logits=logits, p=p)
        assert_filtered(got, kept(logits, places < number))


@check("07.6", points=1)
def test_p_range(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A p below 0 or above 1 is refused; 1 is in the range."""
    logits, _ = logits_of(draw, MANY, 3)
    assert_refuses(
        learner,
        reference,
        scenarios.filter_top_p_in_chosen_calls,
        draw=draw,
        good=[{"logits": logits, "p": p} for p in (0.01, 0.55, 0.999, 1.0)],
        bad={
            "a negative p": {"logits": logits, "p": -0.1},
            "a p above 1": {"logits": logits, "p": 1.1},
        },
    )
