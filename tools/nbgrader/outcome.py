"""What stands below a cell with tests: a score as nbgrader reads it, and the reasons for it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Template
from nbformat import NotebookNode
from nbformat.v4 import new_output

from graders.course import Exercise
from graders.outcomes import Outcome
from graders.report import Report

from ..reports.html import environment
from ..show import EXPLAINED, state
from ..words import WORDS

NOT_OURS = "this cell of tests is not of the course, and was not run; give its points by hand"


def outputs_of(report: Report, exercise: Exercise) -> list[NotebookNode]:
    """The outputs of the cell that holds the points of ``exercise``."""
    if report.error:
        return outputs_of_zero(f"This could not be graded: {report.error}")
    verdicts = report.of_exercise(exercise.id)
    points = report.points_of(exercise.id)
    word = WORDS[state(verdicts)][0]
    text = f"{exercise.id} {exercise.title}: {points} of {exercise.points} points, {word}."
    wrong = [verdict for verdict in verdicts if verdict.outcome in EXPLAINED]
    shown = "\n\n".join([text, *(verdict.message for verdict in wrong)])
    if report.note and exercise == report.module.exercises[0]:
        shown = f"Graded {report.note}\n\n{shown}"
    page = _template().render(
        report=report,
        exercise=exercise,
        text=text,
        wrong=wrong,
        first=exercise == report.module.exercises[0],
        passed=sum(verdict.outcome is Outcome.PASSED for verdict in verdicts),
        verdicts=verdicts,
    )
    return [_message(shown, page), _score(points)]


def outputs_of_zero(why: str) -> list[NotebookNode]:
    """The outputs of a cell that has no points, and the reason."""
    return [_message(why, _template().render(report=None, text=why)), _score(0)]


def _message(text: str, page: str) -> NotebookNode:
    return new_output("display_data", data={"text/plain": text, "text/html": page})


def _score(points: int) -> NotebookNode:
    """The last value of the cell: nbgrader takes a number for the points."""
    return new_output("execute_result", data={"text/plain": str(points)}, execution_count=1)


@cache
def _template() -> Template:
    return environment(Path(__file__).with_name("templates")).get_template("outcome.html")
