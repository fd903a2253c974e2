"""Checks of module 06, ``training/scheduler.py``: explicit tables, computed here."""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, close, require
from .inputs import Array, Draw
from .scenarios import scheduler as scenarios

COSINE, LINEAR = "WarmupCosineScheduler", "WarmupLinearScheduler"
LRS = [0.3, 5.0, 0.01]  # what the groups had before
WARMUP, TOTAL = 4, 13


def table(
    what: str,
    warmup_steps: int,
    total_steps: int,
    peak_lr: float,
    min_lr: float = 0.0,
    steps: int = TOTAL + 4,
) -> Array:
    """The rates of the steps 0 to ``steps``, for all groups: float64[steps + 1, groups]."""
    step = np.arange(steps + 1, dtype=np.float64)
    progress = np.clip((step - warmup_steps) / (total_steps - warmup_steps), 0.0, 1.0)
    share = 0.5 + 0.5 * np.cos(np.pi * progress) if what in (COSINE, "cosine") else 1.0 - progress
    rates = min_lr + (peak_lr - min_lr) * share
    rates[:warmup_steps] = peak_lr * step[:warmup_steps] / max(warmup_steps, 1)
    return np.repeat(rates[:, None], len(LRS), axis=1)


def peak_and_least(draw: Draw) -> dict[str, Any]:
    """A peak from 1 to 3 and a minimum from a tenth to a quarter of it."""
    one, other = np.abs(draw.floats(2)).tolist()
    peak = 1.0 + one
    return {"peak_lr": peak, "min_lr": peak * (0.1 + other * 0.075)}


def assert_rates(got: Result, want: Array, first: int = 0) -> None:
    """``rates`` are these, of the steps from ``first`` on; a row for each step."""
    rates = got.tensors.get("rates")
    if rates is not None and rates.shape == want.shape:
        alike = rates.min(axis=1) == rates.max(axis=1)
        require(alike.all(), "the groups have not all the same rate", got)
        for step, (found, right) in enumerate(zip(rates[:, 0], want[:, 0], strict=True), first):
            wrong = f"step {step} has the rate {found:.6g}, expected {right:.6g}"
            require(close(found, right), wrong, got)
    assert_parity(got, Result(got.call, {"rates": want}))


def assert_table(learner: Implementation, what: str, **given: Any) -> None:
    want = table(what, **given)
    got = learner.run(scenarios.rates, what=what, lrs=LRS, steps=len(want) - 1, **given)
    assert_rates(got, want)
    assert_parity(got, Result(got.call, {"get_last_lr": want}))


def assert_tables(learner: Implementation, draw: Draw, what: str) -> None:
    rates = peak_and_least(draw)
    assert_table(learner, what, warmup_steps=WARMUP, total_steps=TOTAL, **rates)
    assert_table(learner, what, warmup_steps=3, total_steps=4, **rates)
    assert_table(learner, what, warmup_steps=2, total_steps=9, peak_lr=rates["peak_lr"])


def assert_no_warmup(learner: Implementation, draw: Draw, what: str) -> None:
    rates = peak_and_least(draw)
    assert_table(learner, what, warmup_steps=1, total_steps=5, **rates)
    assert_table(learner, what, warmup_steps=0, total_steps=6, **rates)
    assert_table(learner, what, warmup_steps=0, total_steps=1, **rates)


def assert_resumed(learner: Implementation, draw: Draw, what: str) -> None:
    for before in (2, WARMUP, 7, TOTAL + 1):
        given = peak_and_least(draw) | {"warmup_steps": WARMUP, "total_steps": TOTAL}
        if before == 2:
            assert_table(learner, what, **given)
        want = table(what, **given, steps=before + 8)[before:]
        got = learner.run(scenarios.resumed, what=what, lrs=LRS, before=before, after=8, **given)
        assert_rates(got, want, first=before)


def assert_resumed_by_number(learner: Implementation, draw: Draw, what: str) -> None:
    for before in (0, 2, WARMUP - 1, 7, TOTAL + 1):
        given = peak_and_least(draw) | {"warmup_steps": WARMUP, "total_steps": TOTAL}
        if before == 0:
            assert_table(learner, what, **given)
        want = table(what, **given, steps=before + 8)[before + 1 :]
        got = learner.run(
            scenarios.resumed_by_number, what=what, lrs=LRS, before=before, after=7, **given
        )
        assert_rates(got, want, first=before + 1)


def assert_refused(
    learner: Implementation, reference: Implementation, draw: Draw, what: str
) -> None:
    rates = {"peak_lr": 0.5, "min_lr": 0.25}

    def call(warmup_steps: int, total_steps: int, **changes: float) -> dict[str, Any]:
        given = {"warmup_steps": warmup_steps, "total_steps": total_steps, **rates, **changes}
        return {"what": what, "lrs": LRS, "steps": 6, **given}

    assert_refuses(
        learner,
        reference,
        scenarios.rates_in_chosen_calls,
        draw=draw,
        good=[call(2, 3), call(0, 1), call(2, 5, min_lr=0.5), call(3, 9, min_lr=0.0)],
        bad={
            "total_steps equal to warmup_steps": call(4, 4),
            "total_steps below warmup_steps": call(5, 3),
            "no steps at all": call(0, 0),
            "a min_lr above peak_lr": call(2, 5, min_lr=0.75),
        },
    )


# ---- 06.10 WarmupCosineScheduler


@check("06.10", points=3)
def test_cosine_table(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """From 0 in a line to peak_lr at warmup_steps, by half a cosine to min_lr at total_steps, and
    constant after; all groups alike."""
    assert_tables(learner, draw, COSINE)


@check("06.10", points=1)
def test_cosine_without_warmup(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Without warm-up, step 0 has the peak; with one step of it, step 1."""
    assert_no_warmup(learner, draw, COSINE)


@check("06.10", points=2)
def test_cosine_state(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A new scheduler and optimizer that load the saved states go on where the old ones were."""
    assert_resumed(learner, draw, COSINE)


@check("06.10", points=2)
def test_cosine_last_epoch(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A new scheduler with last_epoch=k goes on with the rate of step k + 1."""
    assert_resumed_by_number(learner, draw, COSINE)


@check("06.10", points=1)
def test_cosine_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """total_steps not above warmup_steps, and min_lr above peak_lr, are a ValueError."""
    assert_refused(learner, reference, draw, COSINE)


# ---- 06.11 WarmupLinearScheduler


@check("06.11", points=2)
def test_linear_table(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """From 0 in a line to peak_lr at warmup_steps, in a line to min_lr at total_steps, and constant
    after; all groups alike."""
    assert_tables(learner, draw, LINEAR)


@check("06.11", points=1)
def test_linear_without_warmup(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Without warm-up, step 0 has the peak; with one step of it, step 1."""
    assert_no_warmup(learner, draw, LINEAR)


@check("06.11", points=2)
def test_linear_state(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A new scheduler and optimizer that load the saved states go on where the old ones were."""
    assert_resumed(learner, draw, LINEAR)


@check("06.11", points=1)
def test_linear_last_epoch(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A new scheduler with last_epoch=k goes on with the rate of step k + 1."""
    assert_resumed_by_number(learner, draw, LINEAR)


@check("06.11", points=1)
def test_linear_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """total_steps not above warmup_steps, and min_lr above peak_lr, are a ValueError."""
    assert_refused(learner, reference, draw, LINEAR)


# ---- 06.12 get_scheduler


@check("06.12", points=2)
def test_by_name(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """ "cosine" and "linear" give the schedulers of 06.10 and 06.11, with all arguments."""
    for what in ("cosine", "linear", "cosine"):
        rates = peak_and_least(draw)
        assert_table(learner, what, warmup_steps=WARMUP, total_steps=TOTAL, **rates)
        assert_table(learner, what, warmup_steps=0, total_steps=9, peak_lr=rates["peak_lr"])


@check("06.12", points=1)
def test_unknown_name(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Any other name is a ValueError."""
    good = {"lrs": LRS, "steps": 6, "warmup_steps": 2, "total_steps": 5, "peak_lr": 0.5}
    assert_refuses(
        learner,
        reference,
        scenarios.rates_in_chosen_calls,
        draw=draw,
        good=[good | {"what": what} for what in ("cosine", "linear")],
        bad={f"the name {what!r}": good | {"what": what} for what in ("constant", "", "line")},
    )
