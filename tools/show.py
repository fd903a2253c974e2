"""What a grading looks like in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Column, Table
from rich.text import Text

from graders.check import Check
from graders.course import Module
from graders.judge import Verdict
from graders.outcomes import Outcome
from graders.report import OwnParts, Report
from graders.submission import name_of
from graders.worker.protection import ENOUGH, LEVELS

from .words import WORDS, WORST, worst

EXPLAINED = (Outcome.FAILED, Outcome.ERROR, Outcome.LIMIT)


class Progress:
    """A bar on standard error while submissions are graded; nothing where that is no terminal."""

    def __init__(self, module: Module, total: int, shown: bool) -> None:
        console = Console(stderr=True)
        self._bar = Bar(
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[name]} {task.fields[check]}", markup=False),
            console=console,
            transient=True,
            disable=not (shown and console.is_terminal),
        )
        self._task = self._bar.add_task("", total=total, name=module.title, check="")
        self._started = 0

    def submission(self, path: Path) -> None:
        self._bar.update(self._task, completed=self._started, name=name_of(path))
        self._started += 1

    def check(self, check: Check) -> None:
        self._bar.update(self._task, check=check.id)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()


def state(verdicts: Sequence[Verdict]) -> Outcome:
    """One outcome for several checks: the one to look at first."""
    return worst({verdict.outcome for verdict in verdicts})


def _word(outcome: Outcome) -> Text:
    word, colour = WORDS[outcome]
    return Text(word, style=colour)


def show_report(report: Report, console: Console, every: bool = False) -> None:
    """One submission: a row per exercise, then what is wrong, in words.

    Of an exercise only the first check that failed is explained, unless ``every`` asks for all.
    """
    if report.error:
        console.print(Text(f"{report.submission} could not be graded.", style="bold red"))
        console.print(Text(report.error))
        return
    points_column = Column("points", justify="right")
    table = Table("exercise", "", points_column, "", box=None, pad_edge=False, header_style="bold")
    for exercise in report.module.exercises:
        verdicts = report.of_exercise(exercise.id)
        table.add_row(
            exercise.id,
            escape(exercise.title),
            f"{report.points_of(exercise.id)}/{exercise.points}",
            _word(state(verdicts)),
        )
    console.print(table)
    said: dict[str, str] = {}  # a problem -> the exercise under which it was explained
    for exercise in report.module.exercises:
        wrong = [v for v in report.of_exercise(exercise.id) if v.outcome in EXPLAINED]
        if wrong and wrong[0].outcome is Outcome.ERROR and not every:
            label = f"{exercise.id} {exercise.title}: "
            first = said.setdefault(wrong[0].problem.removeprefix(label), exercise.id)
            if first != exercise.id:  # a file that cannot be read stops all that is in it
                console.print(Text(f"\n{label}the same as {first}."))
                continue
        for verdict in wrong if every else wrong[:1]:
            explain(verdict, console)
        if len(wrong) > 1 and not every:
            more = f"{len(wrong) - 1} more of {exercise.id}: the option --all shows them"
            console.print(Text(f"  and         {more}", style="dim"))
    console.print()
    console.print(
        Text(f"{report.submission}: {report.score} of {report.max_score} points", style="bold"),
        Text(f"in {report.seconds:.2f} s", style="dim"),
    )
    if report.own_parts:
        console.print(Text(own_parts(report.own_parts)))
    if report.note:
        console.print(Text(report.note))
    console.print(Text(isolation(report, layers=False), style="dim"))


def explain(verdict: Verdict, console: Console) -> None:
    """What is wrong of one check, in words."""
    console.print()
    if not console.is_terminal:  # a file has lines of any length
        console.print(Text(verdict.message), soft_wrap=True)
        return
    console.print(Text(verdict.problem, style="bold"))
    table = Table.grid(padding=(0, 2))
    for label, text in verdict.rows:
        table.add_row(Text(f"  {label}", style="dim"), Text(text))
    console.print(table)


def own_parts(own: OwnParts) -> str:
    """How the work does on the learner's own earlier modules, in a sentence."""
    held = f"{own.passed} of these {own.checks} right checks"
    return f"With your own parts of earlier modules, {held} hold; the rest costs nothing."


def isolation(report: Report, layers: bool = True) -> str:
    """What the work was kept from while it ran, and the release that judged it.

    Args:
        layers: whether each is named; `course doctor` lists them too.
    """
    level = report.sandbox["level"]
    words = f"{level}, {LEVELS[level]}" if level > ENOUGH else level
    named = f" ({', '.join(report.sandbox['layers'])})" if layers else ""
    return f"isolation: {words}{named}; release {report.release}"


def show_batch(reports: Sequence[Report], console: Console) -> None:
    """Several submissions: a row each."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("submission", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("diagnosis")
    table.add_column("seconds", justify="right", no_wrap=True)
    for report in reports:
        table.add_row(
            escape(report.submission),
            f"{'–' if report.error else report.score}/{report.max_score}",
            Text(report.outcome, style="green" if report.outcome == "graded" else "red"),
            Text(diagnosis(report)),
            f"{report.seconds:.2f}",
        )
    console.print(table)
    for report in reports:
        if report.error:
            console.print(Text(f"\n{error_of(report)}"))
    if reports:
        console.print(Text(isolation(reports[0]), style="dim"))


def error_of(report: Report) -> str:
    """Whose submission could not be graded, and why."""
    whose = f"{report.submission}: "
    return report.error if report.error.startswith(whose) else f"{whose}{report.error}"


def diagnosis(report: Report) -> str:
    """What a submission suffers from, in one line: known mistakes by name, else a count."""
    if report.error:
        return "could not be graded"
    counts = Counter(verdict.outcome for verdict in report.verdicts)
    if counts[Outcome.PASSED] == len(report.verdicts):
        return "all right"
    if counts[Outcome.NOT_STARTED] == len(report.verdicts):
        return "not started"
    named = {m.id: m.title for v in report.verdicts for m in v.diagnosis}
    parts = [f"{title} [{name}]" for name, title in named.items()]
    for outcome in WORST[:-2] if named else WORST[:-1]:
        if counts[outcome] and not (named and outcome is Outcome.FAILED):
            exercises = {v.check.exercise for v in report.verdicts if v.outcome is outcome}
            parts.append(f"{WORDS[outcome][0]}: {', '.join(sorted(exercises, key=_order))}")
    return "; ".join(parts)


def _order(exercise: str) -> tuple[int, ...]:
    return tuple(int(part) for part in exercise.split("."))
