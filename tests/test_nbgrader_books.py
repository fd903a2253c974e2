"""``nbgrader autograde`` where the gradebook cannot be used: one error, and nothing half written."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from graders.course import Course

from .gradebooks import rows
from .handed_notebooks import ALL, Maker, Places
from .nbgrader_course import ASSIGNMENT, nbgrader, scores

pytestmark = pytest.mark.proof

DOWN = "postgresql+psycopg://u:secret@127.0.0.1:1/x"


@pytest.fixture(scope="module")
def places(
    course: Course, released_course: Path, tmp_path_factory: pytest.TempPathFactory
) -> Places:
    root = tmp_path_factory.mktemp("books") / "course"
    shutil.copytree(released_course, root)
    places = Places(root, course, course.module("01"))
    maker = Maker(places)
    maker.write("ada", ALL, maker.answers)
    return places


@pytest.fixture
def book(places: Places) -> Iterator[Path]:
    """The gradebook, for a test to spoil."""
    path = places.root / "gradebook.db"
    kept = path.with_suffix(".kept")
    shutil.copy(path, kept)
    yield path
    kept.replace(path)


def refusal(places: Places, *arguments: str) -> str:
    """What is said; it is one error, without a traceback, and nothing was graded."""
    done = nbgrader(places.root, "autograde", ASSIGNMENT, *arguments)
    assert done.code == 1
    [said] = [line for line in done.err.splitlines() if "ERROR" in line]
    assert "Traceback" not in done.err
    assert not (places.root / "autograded").exists()
    return said


def test_a_locked_one(places: Places, book: Path) -> None:
    before = rows(f"sqlite:///{book}")
    other = sqlite3.connect(book, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert "database is locked. Look whether it is" in refusal(places)
    other.execute("ROLLBACK")
    other.close()
    assert rows(f"sqlite:///{book}") == before


def test_an_older_one(places: Places, book: Path) -> None:
    with sqlite3.connect(book) as old:
        old.execute("UPDATE alembic_version SET version_num = '167914646830'")
        old.execute("ALTER TABLE student DROP COLUMN lms_user_id")
    assert "becomes a new one with: nbgrader db upgrade --db" in refusal(places)


def test_one_that_is_down_or_not_there(places: Places, book: Path) -> None:
    said = refusal(places, "--db", DOWN)
    assert "u:***@127.0.0.1:1" in said
    assert "secret" not in said
    book.unlink()
    assert "Make it with: nbgrader generate_assignment" in refusal(places)
    assert not book.exists()


def test_with_the_gradebook_the_same_command_grades(places: Places) -> None:
    done = nbgrader(places.root, "autograde", ASSIGNMENT)
    assert done.code == 0, done.err
    assert scores(places.root) == {"ada": places.module.points}
