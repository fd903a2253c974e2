"""A class of thirty: ``course grade``, ``nbgrader autograde`` and pytest agree, point for point."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from graders.course import Course
from graders.fingerprint import course_files

from .conftest import HOUSE
from .handed_notebooks import ALL, ERROR, NONE, Places
from .nbgrader_course import ASSIGNMENT, isolated, nbgrader, scores
from .notebook_class import HOSTILE, make_class
from .shell import Done, course_command

pytestmark = pytest.mark.proof

SEED = "class of thirty"


@dataclass(frozen=True)
class Graded:
    """The class, and what each way of grading it came to."""

    places: Places
    deserved: Mapping[str, str | int]
    reports: Mapping[str, dict[str, object]]  # of course grade
    autograde: Done
    gradebook: Mapping[str, float]
    hidden_checks: Mapping[str, int]

    def points(self, name: str) -> int:
        """What a submission deserves."""
        named = {ALL: self.places.module.points, NONE: 0, ERROR: 0}
        deserved = self.deserved[name]
        return named[deserved] if isinstance(deserved, str) else deserved


@pytest.fixture(scope="module")
def graded(
    course: Course, released_course: Path, tmp_path_factory: pytest.TempPathFactory
) -> Graded:
    root = tmp_path_factory.mktemp("thirty")
    places = Places(root / "course", course, course.module("01"))
    shutil.copytree(released_course, places.root)
    with (places.root / "nbgrader_config.py").open("a") as config:
        config.write(f"c.Verdicts.seed = {SEED!r}\n")
    deserved = make_class(places)
    submitted, lines = places.root / "submitted", root / "reports.jsonl"
    course_command(
        *("grade", "01", submitted, "--out", root / "grades", "--seed", SEED, "--json", lines)
    )
    reports = [json.loads(line) for line in lines.read_text().splitlines()]
    autograde = nbgrader(places.root, "autograde", ASSIGNMENT)
    return Graded(
        places,
        deserved,
        {report["submission"]: report for report in reports},
        autograde,
        scores(places.root),
        hidden_checks([places.folder(name) for name in deserved]),
    )


def hidden_checks(folders: list[Path]) -> dict[str, int]:
    """The points by pytest, with all checks of the module."""
    named = [argument for folder in folders for argument in ("--submission", str(folder))]
    tests = [str(path) for path in sorted((HOUSE / "graders").glob("test_01_*.py"))]
    options = ["-p", "tools.hidden_checks", "-p", "no:cacheprovider", "--inputs-seed", SEED]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *named, *tests],
        cwd=HOUSE,
        env=os.environ | isolated(folders[0]),
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^points (\d+)/\d+ (.*)$", done.stdout, re.MULTILINE)
    assert len(found) == len(folders), done.stdout[-3000:] + done.stderr
    return {Path(path).parent.name: int(points) for points, path in found}


def test_all_three_give_what_is_deserved(graded: Graded) -> None:
    expected = {name: graded.points(name) for name in graded.deserved}
    assert len(expected) >= 30
    assert {name: report["score"] for name, report in graded.reports.items()} == expected
    assert graded.gradebook == expected
    assert graded.hidden_checks == expected


def test_what_cannot_be_graded_is_named_and_costs_nobody_else(graded: Graded) -> None:
    errors = {name for name, deserved in graded.deserved.items() if deserved == ERROR}
    assert {n for n, r in graded.reports.items() if r["outcome"] == "error"} == errors
    for name in errors:
        message = str(graded.reports[name]["message"])
        assert "hand in" in message.lower(), message
        assert re.search(rf"ERROR\].*{name}", graded.autograde.err), name
    assert "my answers.ipynb" in graded.autograde.err
    assert graded.autograde.code == 1  # nbgrader itself knows nothing of the renamed one


def test_each_exercise_has_the_points_of_the_report_in_the_gradebook_too(graded: Graded) -> None:
    """Not only the sums agree: each test cell holds the points of its exercise, and the reason."""
    for name in ("half", "not_scaled", "deleted", "other_tests"):
        path = graded.places.root / "autograded" / name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        cells = {
            cell["metadata"]["nbgrader"]["grade_id"]: cell
            for cell in json.loads(path.read_text())["cells"]
            if "nbgrader" in cell["metadata"]
        }
        checks = graded.reports[name]["checks"]
        assert isinstance(checks, list)
        for exercise in graded.places.module.exercises:
            cell = cells[f"test-{exercise.id.replace('.', '-')}"]
            message, score = cell["outputs"]
            mine = [check for check in checks if check["exercise"] == exercise.id]
            points = sum(check["points"] for check in mine)
            assert "".join(score["data"]["text/plain"]) == str(points)
            text = "".join(message["data"]["text/plain"])
            assert f"{points} of {exercise.points} points" in text
            assert cell["metadata"]["nbgrader"]["points"] == exercise.points
            assert "hidden=True" in "".join(cell["source"])  # never the learner's version
            for check in mine:
                if check["outcome"] == "failed":
                    assert check["message"] in text
                    assert check["id"].split("/")[0] in "".join(message["data"]["text/html"])


def test_reports_say_what_was_graded(graded: Graded) -> None:
    notes = {name: str(report["note"]) for name, report in graded.reports.items()}
    both = "practice/attention.py, attention.py"
    assert notes["right"] == f"from the notebook {ASSIGNMENT}.ipynb: {both}."
    assert f"from tiny_transformer/: {both}" in notes["package"]
    assert f"from tiny_transformer/: {both}" in notes["packed"]
    assert ": practice/attention.py; from tiny_transformer/: attention.py; " in notes["both"]
    assert "practice/attention.py in tiny_transformer/ does not count" in notes["both"]


def test_hostile_work_finds_neither_gradebook_nor_answers(graded: Graded) -> None:
    for name in HOSTILE:
        assert graded.reports[name]["score"] == 0
        assert graded.gradebook[name] == 0
    said = json.dumps(graded.reports["reads_the_answers"]["checks"])
    assert "Permission" in said
    assert "it did what graded work may not do" in said
    assert not [path for path in course_files(HOUSE / "reference") if path.name == "gradebook.db"]
