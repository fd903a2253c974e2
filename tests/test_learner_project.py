"""A project in what carries a learner: whether it is handed in, what was judged, what is next."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graders.course import Course
from graders.handed_work import HandedWork
from graders.manifest import load_course
from graders.outcomes import Outcome
from graders.progress import remember
from graders.work import Work
from tools.newcourse import COURSE

from .shell import course_command

HINTS = 'hints = ["one", "two", "three"]'
PROJECT = f"""
[[project]]
id = "02"
name = "essay"
title = "An essay"
builds_on = ["01"]
handed_in = "essay"

[[project.exercise]]
id = "02.1"
title = "Numbers"
file = "numbers.bin"
points = 4
{HINTS}

[[project.exercise]]
id = "02.2"
title = "Words"
file = "words.md"
points = 6
builds_on = ["02.1"]
{HINTS}
"""
STUB = 'raise NotImplementedError("01.1 A weighted sum: write this")'


@pytest.fixture
def copy(tmp_path: Path) -> Course:
    """What a student copy of such a course has that ``course status`` looks at."""
    (tmp_path / "course.toml").write_text(COURSE + PROJECT)
    (tmp_path / ".course").mkdir()
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums/adding.py").write_text(f"def weighted_sum():\n    {STUB}\n")
    (tmp_path / "essay").mkdir()
    return load_course(tmp_path / "course.toml")


def judged(course: Course, **points: int) -> None:
    """Remember, as ``course grade 02`` does, that these exercises had so many points."""
    ids = {"numbers": ("02.1", 4), "words": ("02.2", 6)}
    results = []
    for name, got in points.items():
        exercise, most = ids[name]
        outcome = Outcome.PASSED if got == most else Outcome.FAILED
        results.append((f"{exercise}/it", outcome, got))
    remember(course, results, HandedWork(course, course.graded("02")))


def words(course: Course) -> dict[str, str]:
    """Points and state of the project's exercises, as ``course status 02`` gives them."""
    done = course_command("status", "02", folder=course.root)
    assert done.code == 0, done.err
    return {
        match[1]: f"{match[2]} {match[3]}"
        for match in re.finditer(r"^  (02\.\d) +\w+ +(\S+)  (.*)$", done.out, re.M)
    }


def test_a_project_is_not_started_until_there_is_a_file(copy: Course) -> None:
    assert words(copy) == {"02.1": "0/4 not started", "02.2": "0/6 not started"}
    (copy.root / "essay/numbers.bin").write_bytes(b"\x00\xff")
    (copy.root / "essay/words.md").write_bytes(b"")  # nothing is in it
    assert words(copy) == {"02.1": "0/4 not graded yet", "02.2": "0/6 not started"}


def test_what_was_judged_is_shown_until_a_file_changes(copy: Course) -> None:
    numbers, text = (copy.root / "essay" / name for name in ("numbers.bin", "words.md"))
    numbers.write_bytes(b"\x00\xff")
    text.write_text("words")
    judged(copy, numbers=4, words=2)
    assert words(copy) == {"02.1": "4/4 passed", "02.2": "2/6 wrong"}
    text.write_text("other words")
    assert words(copy) == {"02.1": "4/4 passed", "02.2": "2/6 wrong, changed since"}
    judged(copy, words=6)
    assert words(copy) == {"02.1": "4/4 passed", "02.2": "6/6 passed"}
    numbers.write_bytes(b"\x00")  # by which the words are judged, too
    changed = {"02.1": "4/4 passed, changed since", "02.2": "6/6 passed, changed since"}
    assert words(copy) == changed
    judged(copy, numbers=4, words=6)
    (copy.root / "essay/picture.png").write_bytes(b"picture")
    assert words(copy) == changed


def test_all_points_include_those_of_a_project(copy: Course) -> None:
    done = course_command("status", folder=copy.root)
    assert "01 Adding: 0 of 3 points\n" in done.out
    assert "02 An essay: 0 of 10 points\n" in done.out
    assert "In all: 0 of 13 points, 0 of 3 exercises." in done.out
    assert "\n02 An essay" not in course_command("status", "01", folder=copy.root).out


def test_after_the_last_module_the_project_is_next(copy: Course) -> None:
    assert "Next: 01.1 A weighted sum" in course_command(folder=copy.root).out
    (copy.root / "sums/adding.py").write_text("def weighted_sum():\n    return 1\n")
    waits = course_command("next", folder=copy.root).out
    assert re.search(r"^  grade it +course grade 01$", waits, re.M)  # it is written already
    remember(copy, [("01.1/it", Outcome.PASSED, 3)], Work(copy))
    page = copy.root / "assignments/02_essay/README.md"
    page.parent.mkdir(parents=True)
    page.write_text("# 02 An essay\n")
    said = course_command("next", folder=copy.root).out
    assert said.startswith("Next: 02.1 Numbers (4 points), not started\n")
    for row in (
        "hand in  essay/numbers.bin",
        "read     assignments/02_essay/README.md",
        "try it   course grade 02",
        "stuck?   course hint 02.1",
    ):
        assert f"  {row}\n" in said
    assert "watch" not in said  # nothing of a project is code
    judged(copy, numbers=4, words=6)
    assert "All exercises have all their points." in course_command("next", folder=copy.root).out


def test_commands_for_code_say_what_a_project_is(copy: Course) -> None:
    reset = course_command("reset", "02.1", folder=copy.root)
    assert (reset.code, "What is in essay/ is yours to change." in reset.err) == (2, True)
    watch = course_command("watch", "02", folder=copy.root)
    assert (watch.code, "02 is a project" in watch.err) == (2, True)
    (copy.root / "essay/numbers.bin").write_bytes(b"\x00\xff")
    shown = course_command("show", "02.1", folder=copy.root, VISUAL="false", EDITOR="false")
    assert (shown.code, shown.out) == (0, "essay/numbers.bin\n")  # no editor is made for it
