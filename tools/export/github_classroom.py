"""``course export github-classroom``: points for GitHub Classroom, from a workflow of a student copy.

Two notices, as Classroom reads them, and a step output ``result`` in the form of its own test
runners. A learner can change the workflow of a repository of theirs: these points inform, and the
grade is what ``course grade`` gives the instructor.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from graders.course import Exercise
    from graders.report import Report

OUTPUT = "GITHUB_OUTPUT"  # the file that takes the outputs of a step


@click.command("github-classroom")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
def command(files: tuple[Path, ...]) -> None:
    """Report one learner's points to GitHub Classroom, inside a workflow.

    Each FILE is what `course grade 01 --json FILE` wrote, one for each module. Prints the notices
    that Classroom reads, and sets the step's output `result` (outside a workflow it is printed).
    """
    from graders.files import explained
    from graders.manifest import find_course
    from tools.results import read_results

    course = find_course()
    reports = [_only(file, [*read_results(course, file).reports()]) for file in files]
    score = sum(report.score for report in reports)
    max_score = sum(report.max_score for report in reports)
    click.echo(_notice("Autograding complete", f"Points {score}/{max_score}"))
    totals = json.dumps({"totalPoints": score, "maxPoints": max_score})
    click.echo(_notice("Autograding report", totals))
    encoded = base64.b64encode(json.dumps(as_result(reports)).encode()).decode()
    target = os.environ.get(OUTPUT)
    if not target:
        click.echo(f"result={encoded}")
        return
    with explained(Path(target)), Path(target).open("a", encoding="utf-8") as outputs:
        outputs.write(f"result={encoded}\n")


def as_result(reports: Sequence[Report]) -> dict[str, Any]:
    """What a test runner of GitHub Classroom hands on, version 1: a test for each exercise."""
    problems = [f"{report.module.id}: {report.error}" for report in reports if report.error]
    score = sum(report.score for report in reports)
    max_score = sum(report.max_score for report in reports)
    tests = [
        _test(number, report, exercise)
        for number, (report, exercise) in enumerate(
            ((report, exercise) for report in reports for exercise in report.module.exercises), 1
        )
    ]
    return {
        "version": 1,
        "status": "error" if problems else "pass" if score == max_score else "fail",
        "message": "\n".join(problems) or None,
        "max_score": max_score,
        "tests": tests,
    }


def _test(number: int, report: Report, exercise: Exercise) -> dict[str, Any]:
    from graders.outcomes import Outcome

    verdicts = report.of_exercise(exercise.id)
    points = report.points_of(exercise.id)
    failed = report.error or any(verdict.outcome is Outcome.ERROR for verdict in verdicts)
    said = report.error or next((v.message for v in verdicts if v.message), "")
    return {
        "name": f"{exercise.id} {exercise.title} ({points}/{exercise.points})",
        "status": "pass" if points == exercise.points else "error" if failed else "fail",
        "score": points,
        "message": said or None,
        "test_code": f"course grade {report.module.id}",
        "task_id": number,
        "filename": exercise.file,
        "line_no": 0,
        "duration": None,  # checks share what they compute: an exercise alone has none
        "output": None,
    }


def _only(file: Path, reports: Sequence[Report]) -> Report:
    from graders.errors import CourseError

    if len(reports) != 1:
        raise CourseError(
            f"{file} holds {len(reports)} reports, and GitHub Classroom takes those of one learner. "
            "Name what `course grade 01 --json FILE` wrote in that learner's copy."
        )
    return reports[0]


def _notice(title: str, text: str) -> str:
    """A workflow command; what is special in its text is escaped."""
    for character in "%\r\n":
        text = text.replace(character, f"%{ord(character):02X}")
    return f"::notice title={title}::{text}"
