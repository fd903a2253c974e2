"""What ``course nbgrader sync`` does: write reports into nbgrader's gradebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graders.course import Exercise, Module
from graders.errors import printable
from graders.manifest import find_course
from graders.outcomes import Outcome
from graders.report import Report

from ..results import read_results
from ..show import state
from .building import require_nbgrader
from .cells import points_id, solution_id

NO_RESPONSE = "No response."  # nbgrader's own words
NEW, CHANGED, SAME = "new", "changed", "as before"


def sync_results(results: Path, database: str) -> int:
    """Write the reports in ``results`` into the gradebook. Returns the exit code, 0 or 1.

    Raises:
        CourseError: there are no reports, or the gradebook cannot be written to. What was written
            before is whole.
    """
    require_nbgrader()
    from nbgrader.api import InvalidEntry
    from sqlalchemy.exc import DataError, IntegrityError

    from .gradebook import gradebook_url, opened

    course = find_course()
    found = read_results(course, results)
    url = gradebook_url(database)
    counts = dict.fromkeys((NEW, CHANGED, SAME), 0)
    failed: dict[str, str] = {}
    with opened(url, course.package) as book:
        with book.whole():
            _make_assignment(book.api, found.module)
            known = {student.id for student in book.api.students}
        added = []
        for report in found.reports():
            try:
                with book.whole():
                    outcome = _write(book.api, report)
            except (InvalidEntry, IntegrityError, DataError) as error:
                failed[report.submission] = str(getattr(error, "orig", error)).splitlines()[0]
            else:
                counts[outcome] += 1
                added += [report.submission] if report.submission not in known else []
    told = ", ".join(f"{count} {word}" for word, count in counts.items())
    click.echo(f"{found.module.folder}: {told}; in {url.render_as_string(hide_password=True)}")
    if added:
        click.echo(f"students new in the gradebook: {', '.join(added)}")
    for name, why in failed.items():
        click.echo(f"not written: {name}: {printable(why)}", err=True)
    return int(bool(failed) or found.say_gaps())


def _make_assignment(api: Any, module: Module) -> None:
    """The assignment, its notebook and a cell for each exercise's points and solution."""
    name = module.folder
    api.update_or_create_assignment(name)
    api.update_or_create_notebook(name, name)
    for exercise in module.exercises:
        points = {"max_score": float(exercise.points), "cell_type": "code"}
        api.update_or_create_grade_cell(points_id(exercise.id), name, name, **points)
        api.update_or_create_solution_cell(solution_id(exercise.id), name, name)


def _write(api: Any, report: Report) -> str:
    """Scores and comments of one submission. Says whether they are new, changed or as before.

    What people gave stays: manual scores, extra credit, manual comments. A manual score is marked
    for review where the automatic one is another than before.
    """
    grades, comments, outcome = _rows(api, report.module, report.submission)
    for exercise in report.module.exercises:
        grade, comment = grades[points_id(exercise.id)], comments[solution_id(exercise.id)]
        score, words = _score(report, exercise), _comment(report, exercise)
        if (grade.auto_score, comment.auto_comment) != (score, words) and outcome == SAME:
            outcome = CHANGED
        if grade.auto_score != score:
            grade.auto_score = score
            grade.needs_manual_grade = score is None or grade.manual_score is not None
        comment.auto_comment = words
    return outcome


def _rows(api: Any, module: Module, student: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The grades and comments of a student's submission, by cell, and whether it is new.

    Where the notebook or a cell is younger than the submission, what it lacks is added.
    """
    from nbgrader.api import Comment, Grade, MissingEntry, SubmittedNotebook

    name, outcome = module.folder, SAME
    api.update_or_create_student(student)
    try:
        submission = api.find_submission(name, student)
    except MissingEntry:
        submission, outcome = api.add_submission(name, student), NEW
    try:
        notebook = api.find_submission_notebook(name, name, student)
    except MissingEntry:
        master = api.find_notebook(name, name)
        notebook = SubmittedNotebook(notebook=master, assignment=submission)
        api.db.add(notebook)
    grades = {grade.cell.name: grade for grade in notebook.grades}
    comments = {comment.cell.name: comment for comment in notebook.comments}
    for exercise in module.exercises:
        points, solution = points_id(exercise.id), solution_id(exercise.id)
        if points not in grades:
            cell = api.find_grade_cell(points, name, name)
            grades[points] = Grade(cell_id=cell.id, notebook=notebook)
            api.db.add(grades[points])
        if solution not in comments:
            cell = api.find_solution_cell(solution, name, name)
            comments[solution] = Comment(cell_id=cell.id, notebook=notebook)
            api.db.add(comments[solution])
    return grades, comments, outcome


def _score(report: Report, exercise: Exercise) -> float | None:
    """None where the submission could not be graded: that is no zero, but work for a person."""
    if report.error:
        return None
    return float(report.points_of(exercise.id))


def _comment(report: Report, exercise: Exercise) -> str | None:
    """What a learner reads, in Markdown: as code, for what learners name and raise is in it.

    Of several checks that failed the first is explained.
    """
    if report.error:
        return f"This could not be graded:\n\n{_as_code(report.error)}"
    verdicts = report.of_exercise(exercise.id)
    if state(verdicts) is Outcome.NOT_STARTED:
        return NO_RESPONSE
    said = [verdict.message for verdict in verdicts if verdict.message]
    if not said:
        return None
    more = f"\n\nand {len(said) - 1} more checks of {exercise.id}" if len(said) > 1 else ""
    return _as_code(said[0]) + more


def _as_code(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
