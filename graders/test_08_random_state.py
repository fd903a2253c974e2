"""Checks of module 08, ``utils/random_state.py``."""

from __future__ import annotations

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, require
from .inputs import Draw
from .scenarios import random_state as scenarios
from .scenarios.random_state import STREAMS

# ---- 08.14 random_states


@check("08.14", points=2, double_only=True)
def test_states_differ(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A draw from any of the three streams changes what comes back, to the same each time, and it
    fits in a checkpoint."""
    drawn = draw.shuffled([*STREAMS, *STREAMS])
    inputs = {"seed": int(draw.integers(1, 900)), "drawn": drawn}
    got, again = (learner.run(scenarios.snapshots, **inputs) for _ in range(2))
    names = [f"states {n}" for n in range(len(drawn) + 1)]
    assert_parity(again, Result(again.call, {name: got[name] for name in names}))
    for n, stream in enumerate(drawn):
        changed = got[f"states {n}"].tobytes() != got[f"states {n + 1}"].tobytes()
        require(changed, f"after a draw from {stream} the states are the same as before", got)


@check("08.14", points=1, double_only=True)
def test_states_stay(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Asking for the states draws from no stream."""
    drawn = ["", draw.shuffled(STREAMS)[0], ""]
    got = learner.run(scenarios.snapshots, seed=int(draw.integers(1, 900)), drawn=drawn)
    first, second, third, fourth = (got[f"states {n}"].tobytes() for n in range(4))
    require(first == second, "asked twice, without a draw between, the states differ", got)
    require(third == fourth, "asked twice, without a draw between, the states differ", got)
    require(second != third, "after a draw the states are the same as before", got)


# ---- 08.15 restore_random_states


@check("08.15", points=4, double_only=True)
def test_going_back(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """After the states are put back, each stream gives what it gave, normal numbers in pairs too."""
    for before, after, between in ((1, 5, 2), (2, 4, 3), (0, 3, 0), (7, 6, 1)):
        inputs = {"seed": int(draw.integers(1, 900)), "before": before, "after": after}
        got = learner.run(scenarios.go_back, **inputs, between=between)
        want = reference.run(scenarios.go_back, **inputs, between=between)
        assert_parity(got, want)
        for n, stream in enumerate(STREAMS):
            same = np.array_equal(got["draws"][n], got["draws again"][n])
            require(same, f"{stream} does not give the same draws again", got)
        assert_parity(got, Result(got.call, {"draws again": got["draws"]}))
