"""Outcomes in words, and which of several to look at first."""

from __future__ import annotations

from collections.abc import Collection

from graders.outcomes import Outcome

WORDS = {  # and a colour, which says nothing that the word does not
    Outcome.PASSED: ("passed", "green"),
    Outcome.FAILED: ("wrong", "red"),
    Outcome.NOT_STARTED: ("not started", "yellow"),
    Outcome.LIMIT: ("over a limit", "magenta"),
    Outcome.ERROR: ("error", "red"),
}
WORST = (Outcome.ERROR, Outcome.LIMIT, Outcome.FAILED, Outcome.NOT_STARTED, Outcome.PASSED)


def worst(outcomes: Collection[Outcome]) -> Outcome:
    """One outcome for several checks: the one to look at first."""
    return next((outcome for outcome in WORST if outcome in outcomes), Outcome.PASSED)
