"""What grading a class looks like in a terminal."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from graders.course import Module
from graders.mistakes import Mistake
from graders.report import ERROR, GRADED, LIMIT, Report

from ..grading import ALL_POINTS, NOT_GRADED, POINTS_MISSING
from ..show import show_batch

ROWS = 40  # of more submissions only those that need a look are listed
MISTAKES = 8  # the most frequent ones


class ClassProgress:
    """A bar on standard error: how many are done, how fast, how long still, with what outcomes."""

    def __init__(self, module: Module, total: int, shown: bool) -> None:
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn(escape(module.title)),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[outcomes]}"),
            console=console,
            transient=True,
            disable=not (shown and console.is_terminal),
        )
        self._task = self._bar.add_task("", total=total, rate="", outcomes="")
        self._outcomes, self._graded, self._started = Counter[str](), 0, time.monotonic()

    @property
    def done(self) -> int:
        """How many have a report now."""
        return sum(self._outcomes.values())

    def unchanged(self, outcome: str) -> None:
        """One more need not be graded again."""
        self._advance(outcome)

    def graded(self, outcome: str) -> None:
        """One more was graded."""
        self._graded += 1
        self._advance(outcome)

    def _advance(self, outcome: str) -> None:
        self._outcomes[outcome] += 1
        rate = self._graded / max(time.monotonic() - self._started, 1e-9)
        self._bar.update(
            self._task,
            advance=1,
            rate=f"{rate:.1f} a second" if self._graded else "",
            outcomes=_counts(self._outcomes),
        )

    def __enter__(self) -> ClassProgress:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()


def _counts(outcomes: Mapping[str, int]) -> str:
    return ", ".join(f"{outcomes[o]} {o}" for o in (GRADED, LIMIT, ERROR) if outcomes.get(o))


@dataclass(frozen=True)
class Change:
    """A submission whose score or outcome is another than before."""

    submission: str
    old: str
    new: str
    why: str

    @classmethod
    def between(cls, old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
        """What changed from one report to the other, both as JSON."""
        names = {"digest": "work", "release": "course", "seed": "seed", "versions": "versions"}
        why = [word for name, word in names.items() if old.get(name) != new.get(name)]
        return cls(new["submission"], _score(old), _score(new), ", ".join(why))


def _score(report: Mapping[str, Any]) -> str:
    if report["outcome"] == ERROR:
        return ERROR
    limit = f" ({LIMIT})" if report["outcome"] == LIMIT else ""
    return f"{report['score']}/{report['max_score']}{limit}"


def show_changes(changes: Sequence[Change], console: Console) -> None:
    """Old and new scores, side by side; nothing where none changed."""
    if not changes:
        return
    table = Table("changed", "old", "new", "what is new", box=None, pad_edge=False)
    table.header_style = "bold"
    for change in sorted(changes, key=lambda change: change.submission):
        table.add_row(escape(change.submission), change.old, change.new, change.why)
    console.print(table)
    console.print()


class Tally:
    """What a class came to, gathered from one report after the other."""

    def __init__(self) -> None:
        self.outcomes = Counter[str]()
        self._scores: list[int] = []
        self._mistakes = Counter[Mistake]()
        self._first: list[Report] = []  # as many as can be listed
        self._odd: list[Report] = []  # the same, of those that need a look
        self._max_score = 0

    def add(self, report: Report) -> None:
        """One more."""
        self.outcomes[report.outcome] += 1
        if not report.error:
            self._scores.append(report.score)
            self._max_score = report.max_score
            self._mistakes.update({m for verdict in report.verdicts for m in verdict.diagnosis})
        if len(self._first) < ROWS:
            self._first.append(report)
        if len(self._odd) < ROWS and report.outcome != GRADED:
            self._odd.append(report)

    @property
    def exit_code(self) -> int:
        """0: all have all points; 2: one could not be graded; 1: points are missing."""
        if self.outcomes[ERROR]:
            return NOT_GRADED
        return ALL_POINTS if set(self._scores) <= {self._max_score} else POINTS_MISSING

    @property
    def errors(self) -> list[Report]:
        """The first of those that could not be graded."""
        return [report for report in self._odd if report.error]

    def show(self, console: Console) -> None:
        """Of a small class a row each; of a large one what needs a look; and the whole in figures."""
        total = self.outcomes.total()
        odd = total - self.outcomes[GRADED]
        show_batch(self._first if total <= ROWS else self._odd, console)
        if total > ROWS and odd > len(self._odd):
            console.print(f"and {odd - len(self._odd)} more that ended with a limit or an error")
        console.print()
        if self._scores:
            console.print(
                f"points of {self._max_score}: mean {mean(self._scores):.1f}, "
                f"median {median(self._scores):g}, {self._scores.count(self._max_score)} with all, "
                f"{self._scores.count(0)} with none"
            )
        for mistake, count in self._mistakes.most_common(MISTAKES):
            console.print(Text(f"{count:5} x {mistake.exercise} {mistake.title} [{mistake.id}]"))
        console.print(
            Text(
                f"{total} submission{'' if total == 1 else 's'}: {_counts(self.outcomes)}",
                style="bold",
            )
        )
