"""What ``run_autograder`` runs on Gradescope: grade one submission, write ``results.json``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graders.report import Report

ROOT = "/autograder"  # of Gradescope's containers; AUTOGRADER_ROOT names another


def main() -> None:
    """Grade ``submission/``. Arguments: module, least level of isolation, visibility of checks.

    What keeps it from being graded is said in ``results.json``, too.
    """
    from graders.files import write_whole

    module_id, level, visibility = sys.argv[1:]
    root = Path(os.environ.get("AUTOGRADER_ROOT", ROOT))
    results = graded(module_id, root / "submission", level, visibility)
    write_whole(root / "results" / "results.json", json.dumps(results, indent=1).encode())
    print(results["output"])


def graded(module_id: str, submission: Path, level: str, visibility: str) -> dict[str, Any]:
    """The results of one submission, in Gradescope's form."""
    from graders.errors import CourseError
    from graders.manifest import find_course
    from graders.worker import libc
    from tools.grading import grade_each

    libc.hide()
    try:
        course = find_course()
        module = course.module(module_id)
        [report] = grade_each(course, module, [submission], level=level, quiet=True)
    except CourseError as error:
        return not_graded(str(error))
    return as_results(report, visibility)


def as_results(report: Report, visibility: str) -> dict[str, Any]:
    """A report as Gradescope reads it: a test for each check, points as they are."""
    from graders.outcomes import Outcome
    from tools.show import isolation

    if report.error:
        return not_graded(report.error)
    tests = [
        {
            "score": verdict.points,
            "max_score": verdict.check.points,
            "status": "passed" if verdict.outcome is Outcome.PASSED else "failed",
            "name": f"{exercise.id} {exercise.title}: {verdict.check.name.replace('_', ' ')}",
            "number": f"{exercise.id}.{number}",
            "output": verdict.message or verdict.check.states,
            "output_format": "text",
            "visibility": visibility,
        }
        for exercise in report.module.exercises
        for number, verdict in enumerate(report.of_exercise(exercise.id), start=1)
    ]
    return {
        "score": report.score,
        "execution_time": round(report.seconds, 3),
        "output": f"{report.score} of {report.max_score} points\n{isolation(report)}",
        "output_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {
            "outcome": report.outcome,
            "level": report.sandbox["level"],
            "digest": report.digest,
            "release": report.release,
            "seed": report.seed,
        },
        "tests": tests,
    }


def not_graded(why: str) -> dict[str, Any]:
    """Results without a verdict: Gradescope takes none without a score, so the text must say it."""
    return {
        "score": 0,
        "output": f"This could not be graded, which is no verdict on the work: {why}",
        "output_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {"outcome": "error"},
        "tests": [],
    }


if __name__ == "__main__":
    main()
