"""A class of notebooks that mean harm, in nbgrader itself: each costs only what it deserves."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from graders.course import Course

from .handed_notebooks import ALL, NONE, Places
from .hostile_notebooks import REFUSED, HostileMaker
from .nbgrader_course import ASSIGNMENT, nbgrader, scores
from .shell import Done

pytestmark = pytest.mark.proof


@dataclass(frozen=True)
class Graded:
    """What was handed in, and what came of it."""

    places: Places
    deserved: Mapping[str, str | int]
    autograde: Done
    scratch: Path  # where temporary files were made

    def named(self, deserves: str) -> set[str]:
        return {name for name, what in self.deserved.items() if what == deserves}


@pytest.fixture(scope="module")
def graded(
    course: Course, released_course: Path, tmp_path_factory: pytest.TempPathFactory
) -> Graded:
    root = tmp_path_factory.mktemp("hostile")
    places = Places(root / "course", course, course.module("01"))
    shutil.copytree(released_course, places.root)
    maker = HostileMaker(places)
    maker.all()
    scratch = root / "scratch"
    scratch.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(scratch))
        done = nbgrader(places.root, "autograde", ASSIGNMENT)
    return Graded(places, maker.deserved, done, scratch)


def test_each_has_what_it_deserves(graded: Graded) -> None:
    points: dict[str | int, int] = {ALL: graded.places.module.points, NONE: 0}
    expected = {
        name: points.get(what, what) for name, what in graded.deserved.items() if what != REFUSED
    }
    found = scores(graded.places.root)
    assert {name: score for name, score in found.items() if name in expected} == expected
    assert not any(score for name, score in found.items() if name not in expected)


def test_what_is_refused_is_said_and_leaves_nothing(graded: Graded) -> None:
    assert graded.autograde.code == 1
    for name in graded.named(REFUSED):
        assert f"for student '{name}'" in graded.autograde.err
        assert not (graded.places.root / "autograded" / name / ASSIGNMENT).exists()
    for words in ("x[y]/notes.txt is a link, and links", "notes.txt is no file but a pipe"):
        assert words in graded.autograde.err
    assert [*graded.scratch.iterdir()] == []


def test_nobody_gets_the_answers_back(graded: Graded) -> None:
    feedback = nbgrader(graded.places.root, "generate_feedback", ASSIGNMENT)
    assert feedback.code == 0, feedback.err[-3000:]
    for name in graded.named(NONE):
        page = graded.places.root / "feedback" / name / ASSIGNMENT / f"{ASSIGNMENT}.html"
        assert "### BEGIN SOLUTION" not in page.read_text()
    for path in (graded.places.root / "autograded").rglob("*"):
        assert path.suffix in ("", ".ipynb", ".txt"), path
    assert {p.name for p in (graded.places.root / "feedback").iterdir()} == {
        name for name, what in graded.deserved.items() if what != REFUSED
    }


def test_pages_of_feedback_do_nothing(graded: Graded) -> None:
    page = graded.places.root / "feedback" / "shows_a_page" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    shown = page.read_text()
    assert "document.title" in shown
    assert "<script>document.title" not in shown
    assert not re.search("<img[^>]*onerror", shown)
