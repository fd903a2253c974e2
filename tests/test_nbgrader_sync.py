"""`course nbgrader sync`: reports in nbgrader's gradebook, in SQLite and in a real PostgreSQL."""

from __future__ import annotations

import itertools
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from graders.errors import CourseError
from graders.outcomes import Outcome
from graders.report import Report
from tools.nbgrader import gradebook
from tools.nbgrader.gradebook import gradebook_url, opened

from . import postgresql
from .gradebooks import NAME, execute, grades_of, nbgraders, rows
from .results import CHECKS, MODULE, course, report, write_results

HOSTILE = "<script>alert(1)</script>"
# of nbgrader's own way to add a submission
pytestmark = pytest.mark.filterwarnings(
    "ignore:Object of type .* not in session:sqlalchemy.exc.SAWarning:nbgrader.api"
)


@pytest.fixture(scope="module")
def server() -> Iterator[postgresql.Server]:
    if not postgresql.INSTALLED:
        pytest.skip(postgresql.MISSING)
    with postgresql.server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gradebook.db'}"
    running: postgresql.Server = request.getfixturevalue("server")
    return running.new(f"gradebook{next(COUNT)}")


COUNT = itertools.count()


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'gradebook.db'}"


@pytest.fixture
def sync(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Writes reports to a gradebook; what it says."""
    numbers = itertools.count()

    def write(url: str, *reports: Report, code: int = 0) -> str:
        results = write_results(tmp_path / f"grades{next(numbers)}", reports)
        assert course("nbgrader", "sync", results, "--db", url) == code
        said = capsys.readouterr()
        return said.out + said.err

    return write


def test_scores_and_comments_are_written_and_again_nothing_changes(
    url: str, sync: Callable[..., str]
) -> None:
    waiting = report("carl")
    verdicts = [replace(v, outcome=Outcome.NOT_STARTED) for v in waiting.verdicts]
    ada, bob, carl = (
        report("ada"),
        report("bob", wrong=["01.2"]),
        replace(waiting, verdicts=verdicts),
    )
    said = sync(url, ada, bob, carl)
    assert f"{NAME}: 3 new, 0 changed, 0 as before; in " in said
    assert "students new in the gradebook: ada, bob, carl\n" in said
    assert f":{postgresql.PASSWORD}@" not in said
    with nbgraders(url) as book:
        assert book.find_assignment(NAME).max_score == MODULE.points
        assert book.find_submission(NAME, "ada").score == MODULE.points
        assert book.find_submission(NAME, "bob").score == MODULE.points - 2
        assert not book.find_submission(NAME, "bob").needs_manual_grade
    grades = grades_of(url, "bob")
    assert grades.keys() == {f"test-{e.id.replace('.', '-')}" for e in MODULE.exercises}
    assert grades["test-01-1"] == (2.0, False, None)
    score, _, comment = grades["test-01-2"]
    assert score == 0
    assert comment is not None
    assert comment.startswith("    01.2: the values are wrong.\n")
    checks = sum(check.exercise == "01.2" for check in CHECKS)
    assert comment.endswith(f"\n\nand {checks - 1} more checks of 01.2")
    assert set(grades_of(url, "carl").values()) == {(0.0, False, "No response.")}
    before = rows(url)
    assert f"{NAME}: 0 new, 0 changed, 3 as before" in sync(url, ada, bob, carl)
    assert rows(url) == before


def test_what_people_gave_survives_a_regrade(url: str, sync: Callable[..., str]) -> None:
    sync(url, report("bob", wrong=["01.1", "01.2", "01.3"]))
    with nbgraders(url) as book:
        for exercise in ("01-1", "01-2"):
            grade = book.find_grade(f"test-{exercise}", NAME, NAME, "bob")
            grade.manual_score, grade.extra_credit = 1.5, 0.5
            comment = book.find_comment(f"solution-{exercise}", NAME, NAME, "bob")
            comment.manual_comment = "Well begun."
        book.db.commit()
    assert "0 new, 1 changed" in sync(url, report("bob", wrong=["01.2"]))
    with nbgraders(url) as book:
        for exercise in ("01-1", "01-2"):
            grade = book.find_grade(f"test-{exercise}", NAME, NAME, "bob")
            assert (grade.manual_score, grade.extra_credit, grade.score) == (1.5, 0.5, 2.0)
    grades = grades_of(url, "bob")
    assert grades["test-01-1"] == (2.0, True, "Well begun."), "another score: to be looked at"
    assert grades["test-01-2"] == (0.0, False, "Well begun.")
    assert grades["test-01-3"] == (4.0, False, None)


def test_what_could_not_be_graded_is_no_zero(sqlite: str, sync: Callable[..., str]) -> None:
    sync(sqlite, report("eve"), report("new", error=f"{HOSTILE}: broken"))
    sync(sqlite, report("eve", error=f"{HOSTILE}: broken"))
    for student in ("eve", "new"):
        wanted = (None, True, f"This could not be graded:\n\n    {HOSTILE}: broken")
        assert set(grades_of(sqlite, student).values()) == {wanted}


def test_a_gradebook_that_nbgrader_made_is_filled_and_keeps_what_it_has(
    sqlite: str, sync: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell of the instructor's own, points that changed, a submission older than the cells."""
    # nbgrader looks for a program of its own
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    with nbgraders(sqlite) as book:
        book.add_student("bob", last_name="Li")
        book.add_assignment(NAME, duedate="2030-01-01 12:00")
        book.add_submission(NAME, "bob", timestamp="2030-01-02 12:00")
        book.add_notebook(NAME, NAME)
        book.add_student("old")
        book.add_grade_cell("essay", NAME, NAME, max_score=3, cell_type="markdown")
        book.add_grade_cell("test-01-1", NAME, NAME, max_score=99, cell_type="code")
        book.add_submission(NAME, "old")
        book.find_grade("essay", NAME, NAME, "old").manual_score = 3
        book.db.commit()
    said = sync(sqlite, report("bob", wrong=["01.1"]), report("old"))
    assert "0 new, 2 changed" in said
    assert "students new" not in said
    with nbgraders(sqlite) as book:
        bob = book.find_submission(NAME, "bob")
        assert (bob.score, bob.total_seconds_late) == (MODULE.points - 2, 24 * 3600)
        assert bob.student.last_name == "Li"
        assert book.find_submission(NAME, "old").score == MODULE.points + 3
        assert book.find_assignment(NAME).max_score == MODULE.points + 3


REFUSALS = {
    "sqlite": "CREATE TRIGGER no BEFORE UPDATE ON comment WHEN NEW.auto_comment LIKE '%01.8%' "
    "BEGIN SELECT RAISE(ABORT, 'no comment'); END",
    "postgresql": "ALTER TABLE comment ADD CONSTRAINT no CHECK (auto_comment NOT LIKE '%01.8%')",
}


def test_a_submission_is_written_whole_or_not_and_the_others_are(
    url: str, sync: Callable[..., str]
) -> None:
    """The database refuses one of Bob's comments: nothing of his is there, not even his name."""
    sync(url, report("ada"), report("cleo"))
    execute(url, REFUSALS[url.partition(":")[0]].replace("UPDATE", "INSERT"))
    if url.startswith("sqlite"):
        execute(url, REFUSALS["sqlite"].replace("no BEFORE", "nor BEFORE"))
    before = rows(url)
    said = sync(
        url, report("ada", wrong=["01.1"]), report("bob", wrong=["01.8"]), report("dan"), code=1
    )
    assert "1 new, 1 changed, 0 as before" in said
    assert "not written: bob: " in said
    assert "Traceback" not in said
    after = rows(url)
    assert {row[0] for row in after["student"]} == {"ada", "cleo", "dan"}
    added = len(after["grade"]) - len(before["grade"])
    assert added == len(after["comment"]) - len(before["comment"]) == len(MODULE.exercises)
    assert len(after["submitted_assignment"]) == 3


def test_there_is_one_writer(url: str, sync: Callable[..., str]) -> None:
    with (
        opened(gradebook_url(url), "other"),
        pytest.raises(CourseError, match="Another `course nbgrader` writes to") as refused,
    ):
        sync(url, report("ada"))
    assert f":{postgresql.PASSWORD}@" not in str(refused.value)
    assert "1 new" in sync(url, report("ada"))


def test_a_gradebook_locked_by_another_program_is_left_alone(
    sqlite: str, tmp_path: Path, sync: Callable[..., str]
) -> None:
    sync(sqlite, report("ada"))
    before = rows(sqlite)
    other = sqlite3.connect(tmp_path / "gradebook.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(CourseError, match=r"database is locked.*locked by another program"):
        sync(f"{sqlite}?timeout=0.01", report("bob"))
    other.execute("ROLLBACK")
    other.close()
    assert rows(sqlite) == before
    assert "1 new" in sync(sqlite, report("bob"))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE alembic_version SET version_num = '167914646830'", "schema 167914646830.*upgrade"),
        ("UPDATE alembic_version SET version_num = 'ffff'", "schema ffff.*update nbgrader"),
        ("DROP TABLE alembic_version", "schema none"),
        ("ALTER TABLE submitted_assignment RENAME TO x", "holds other tables .*no gradebook"),
    ],
)
def test_a_gradebook_of_another_version_is_left_alone(
    sqlite: str, sync: Callable[..., str], statement: str, words: str
) -> None:
    sync(sqlite, report("ada"))
    execute(sqlite, statement)
    before = rows(sqlite)
    with pytest.raises(CourseError, match=words):
        sync(sqlite, report("bob"))
    assert rows(sqlite) == before


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("gradebook.db", "is no URL of a gradebook. Write sqlite:///gradebook.db or"),
        ("mysql://x/y", "A gradebook in mysql is not supported"),
        ("sqlite://", "names no file"),
        ("sqlite:////no/such/folder/x.db", "names no file in a folder that is there"),
        ("sqlite:///{file}", "file is not a database. Is this the right file"),
        ("postgresql://u:secret@127.0.0.1:1/x", r"u:\*\*\*@127.0.0.1:1.*efused.*lets you in"),
    ],
)
def test_what_is_no_gradebook_is_named(
    tmp_path: Path, sync: Callable[..., str], url: str, words: str
) -> None:
    file = tmp_path / "file.db"
    file.write_text("no database at all, but long enough to be taken for one" * 9)
    with pytest.raises(CourseError, match=words) as refused:
        sync(url.format(file=file), report("ada"))
    assert "secret" not in str(refused.value)


def test_a_wrong_password_is_said_and_not_shown(
    server: postgresql.Server, sync: Callable[..., str]
) -> None:
    with pytest.raises(CourseError, match="password authentication failed") as refused:
        sync(server.url("postgres", password="secret"), report("ada"))
    assert "secret" not in str(refused.value)


def test_without_its_driver_the_mend_is_said(
    sync: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(CourseError, match=r"psycopg is not installed.*nbgrader,postgresql\]"):
        sync("postgresql://127.0.0.1:1/x", report("ada"))


def test_rows_that_others_hold_are_waited_for_only_so_long(
    server: postgresql.Server, sync: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.new("held")
    sync(url, report("ada"))
    before = rows(url)
    monkeypatch.setattr(gradebook, "WAIT_SECONDS", 1)
    engine = create_engine(gradebook_url(url))
    with engine.begin() as other:
        other.execute(text("LOCK TABLE grade"))
        with pytest.raises(CourseError, match="lock timeout"):
            sync(url, report("ada", wrong=["01.1"]))
    engine.dispose()
    assert rows(url) == before


def test_without_reports_no_gradebook_is_made(sqlite: str, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"There is no batch\.json"):
        course("nbgrader", "sync", tmp_path, "--db", sqlite)
    assert not (tmp_path / "gradebook.db").exists()
