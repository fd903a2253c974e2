"""What is judged while nbgrader goes through a class: just what it will come to."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from graders.course import Course
from graders.errors import CourseError
from tools.nbgrader.ahead import _due

from .conftest import HOUSE

pytest.importorskip("nbgrader")
TIMES = {"early": "2026-01-01 10:00:00 UTC", "late": "2026-01-02 10:00:00 UTC"}


def hand_in(root: Path, student: str, time: str = "early", graded: str = "") -> None:
    """A notebook, and what an earlier run left of one that was handed in at ``graded``."""
    for folder, when in (("submitted", time), ("autograded", graded)):
        if when:
            path = root / folder / student / "01_adding"
            path.mkdir(parents=True)
            (path / "01_adding.ipynb").write_text("{}")
            (path / "timestamp.txt").write_text(TIMES[when])


def due(root: Path, force: bool = False, **settings: Any) -> list[str]:
    """The students whose work is judged ahead: those whom nbgrader itself will not pass over."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from nbgrader.converters import Autograde
        from nbgrader.coursedir import CourseDirectory

        chosen = {"student_id": "*", "assignment_id": "01_adding"}
        coursedir = CourseDirectory(root=str(root), **chosen | settings)
        converter = Autograde(coursedir=coursedir, force=force)
        converter.init_notebooks()
        found = [*_due(converter)]
        students = sorted(Path(path).parent.name for path in converter.assignments)
        assert found == [s for s in students if converter.init_destination("01_adding", s)]
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    hand_in(tmp_path, "new")
    hand_in(tmp_path, "done", graded="early")
    hand_in(tmp_path, "again", time="late", graded="early")
    hand_in(tmp_path, "a.b+c")
    (tmp_path / "submitted" / "none" / "01_adding").mkdir(parents=True)
    hand_in(tmp_path / "submitted" / "deeper", "new")  # no submission of this course
    return tmp_path


def test_what_nbgrader_passes_over_is_not_judged(folder: Path) -> None:
    assert due(folder) == ["a.b+c", "again", "new"]


def test_what_it_is_told_to_grade_anew_or_to_leave_out(folder: Path) -> None:
    assert due(folder, student_id_exclude="new,other") == ["a.b+c", "again"]
    assert due(folder, student_id="new") == ["new"]
    assert due(folder, force=True) == ["a.b+c", "again", "done", "new"]


def test_an_assignment_is_named_by_its_folder_or_its_module(course: Course) -> None:
    from tools.nbgrader.autograding import _module

    assert _module(course, "01_attention") == _module(course, "01") == course.module("01")
    with pytest.raises(CourseError, match=r"no assignment 1\. Known: 01_attention, 02_"):
        _module(course, "1")


PROGRAM = """
from tools.processes import process_pool
print("begun", flush=True)
if __name__ == "__main__":
    with process_pool(2) as pool:
        print(*pool.map(abs, [-1, -2]))
"""


def test_processes_beside_a_program_do_not_begin_it_again(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    for program in (["program.py"], ["-m", "program"]):
        done = subprocess.run(
            [sys.executable, *program],
            cwd=tmp_path,
            env={"PYTHONPATH": str(HOUSE)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == ("begun\n1 2\n", "")
