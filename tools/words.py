"""Outcomes in words, and which of several to look at first."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection
from textwrap import fill

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


def in_width(text: str, label: str) -> str:
    """A label, and a text beside it that a terminal breaks between words; one line in a file."""
    if not sys.stdout.isatty():
        return label + text
    width = shutil.get_terminal_size().columns
    indent = " " * len(label)
    return fill(text, width, initial_indent=label, subsequent_indent=indent, break_on_hyphens=False)
