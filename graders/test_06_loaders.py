"""Checks of module 06, ``training/dataset.py``: batches of windows.

The tokens to train on all differ, so that a window is known by its first one, in whatever order they
come.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, require
from .inputs import Array, Draw
from .scenarios import training_data as scenarios
from .training_data_inputs import cut, distinct


def in_batches(rows: Array, batch_size: int, name: str) -> dict[str, Array]:
    """What one pass through a loader gives, in the order of ``rows``."""
    sizes = [len(rows[s : s + batch_size]) for s in range(0, len(rows), batch_size)]
    parts = {f"{name} input": rows[:, :-1], f"{name} target": rows[:, 1:]}
    return {**parts, f"{name} sizes": np.array(sizes)}


@check("06.7", points=2)
def test_train_batches(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """One pass gives every training window of this stride once, the last batch smaller if need be."""
    tokens, val = distinct(draw, 54), distinct(draw, 20)
    for stride, batch_size in ((3, 5), (None, 4), (7, 3), (1, 64)):
        given = {"train_tokens": tokens if stride else tokens.tolist(), "val_tokens": val}
        given |= {"seq_len": 4, "batch_size": batch_size}
        got = learner.run(scenarios.passes, **given, stride=stride)
        rows = cut(tokens, 4, stride)
        want = in_batches(rows[rows[:, 0].argsort()], batch_size, "train")
        assert_parity(got, Result(got.call, want))
    got = learner.run(scenarios.worker_counts, **given, num_workers=1)
    assert_parity(got, Result(got.call, {name: np.array(1) for name in got.tensors}))


@check("06.7", points=2)
def test_val_batches(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Validation windows come in order, all of them, without overlap; without tokens there is None."""
    tokens, val = distinct(draw, 32), draw.integers(0, 50, 47)
    for stride in (None, 1, 3):
        given = {"train_tokens": tokens, "seq_len": 4, "batch_size": 3, "stride": stride}
        kind = val if stride else val.tolist()
        got = learner.run(scenarios.passes, val_tokens=kind, **given)
        want = in_batches(cut(val, 4), 3, "val")
        assert_parity(got, Result(got.call, want | {f"{n}, again": t for n, t in want.items()}))
    got = learner.run(scenarios.passes, val_tokens=None, **given)
    rows = cut(tokens, 4, 3)
    want = in_batches(rows[rows[:, 0].argsort()], 3, "train")
    assert_parity(got, Result(got.call, want))
    require("val input" not in got.tensors, "without val_tokens there is a second loader", got)


@check("06.7", points=2)
def test_shuffled(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Training windows come in a new random order in each pass; equal seeds of torch, equal orders."""
    tokens, count, passes = distinct(draw, 25), 23, 12
    given = {"train_tokens": tokens, "val_tokens": None, "seq_len": 2, "batch_size": 4, "stride": 1}
    got = learner.run(scenarios.train_orders, seeds=[5, 6, 5], passes=passes, **given)
    place = np.argsort(tokens)  # of each token: the number of the window that begins with it
    orders = [got[f"orders of run {run}"] for run in range(3)]
    for order in orders:
        require(order.shape == (passes, count), f"a pass has not {count} windows", got)
        require(
            (np.sort(place[order], axis=1) == np.arange(count)).all(),
            "a pass leaves out a window, or has one twice",
            got,
        )
        require(len({*map(tuple, order)}) == passes, "two passes have the same order", got)
    require(
        np.array_equal(orders[0], orders[2]),
        "after equal seeds of torch, the orders differ: they come from elsewhere",
        got,
    )
    found = place[np.concatenate(orders[:2])]
    # 45.9 pairs on the mean, with a spread of 6.6, and a way of 7.65, with a spread of 0.22
    pairs = int((np.abs(np.diff(found, axis=1)) == 1).sum())
    require(pairs < 100, f"{pairs} neighbours stayed neighbours, expected about 46", got)
    way = float(np.abs(found - np.arange(count)).mean())
    require(way > 6.0, f"windows moved by {way:.1f} places on the mean, expected about 7.6", got)


@check("06.7", points=1)
def test_loaders_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Too few tokens for one window, and batches of no window, are a ValueError."""
    tokens = distinct(draw, 30)

    def call(length: int = 30, val: int = 20, **changes: Any) -> dict[str, Any]:
        texts = {"train_tokens": tokens[:length], "val_tokens": tokens[:val]}
        return {**texts, "seq_len": 6, "batch_size": 4, "stride": 2, **changes}

    assert_refuses(
        learner,
        reference,
        scenarios.passes_in_chosen_calls,
        draw=draw,
        good=[call(), call(7, 7), call(val_tokens=None)],
        bad={
            "too few tokens to train on": call(6),
            "too few tokens to validate on": call(30, 6),
            "a batch size of 0": call(batch_size=0),
            "a stride of 0": call(stride=0),
        },
    )
