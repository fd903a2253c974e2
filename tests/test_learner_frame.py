"""What carries a learner through a student copy: where they are, what is next, what was reached."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from graders.course import Course, Limits
from graders.outcomes import Outcome
from graders.progress import Known, changing, read_state
from tools.words import in_width

from .conftest import HOUSE
from .learner_copy import RIGHT, WRONG, course, word, write
from .shell import course_command

QUICK = """
import sys
from tools.cli import main
sys.argv = ["course", *{arguments!r}]
try:
    main()
except SystemExit as ended:
    assert not ended.code
heavy = {{"torch", "numpy", "safetensors", "rich", "jinja2", "pytest"}} & sys.modules.keys()
assert not heavy, heavy
"""


@pytest.fixture
def copy(tiny_release: Path, tmp_path: Path) -> Path:
    """A copy to work in."""
    return shutil.copytree(tiny_release / "copy", tmp_path / "copy")


def test_status_follows_the_work(copy: Path) -> None:
    assert word(copy) == "0/3 not started"
    begin = "Nothing is there to judge yet. Where to begin: assignments/01_adding/README.md"
    assert begin in course(copy, "grade", "01").out
    write(copy, WRONG)
    assert word(copy) == "0/3 not graded yet"
    graded = course(copy, "grade", "01")
    assert (graded.code, begin in graded.out) == (1, False)
    assert word(copy) == "0/3 wrong"
    write(copy, RIGHT)
    assert word(copy) == "0/3 wrong, changed since"
    graded = course(copy, "grade", "01")
    assert (graded.code, "Where to go on: course next" in graded.out) == (0, True)
    assert word(copy) == "3/3 passed"
    write(copy, f"    # the same\n{RIGHT}")
    assert word(copy) == "3/3 passed, changed since"
    assert "In all: 3 of 3 points, 1 of 1 exercises." in course(copy, "status").out


def test_a_stub_that_is_back_after_its_file_was_gone_is_not_started(copy: Path) -> None:
    file = copy / "sums/adding.py"
    stub = file.read_bytes()
    file.unlink()
    course(copy, "grade", "01")
    assert word(copy) == "0/3 error"
    file.write_bytes(stub)
    assert word(copy) == "0/3 not started"
    assert ", not started\n" in course(copy, "next").out
    write(copy, WRONG)
    assert word(copy) == "0/3 error, changed since"


def test_alone_it_says_where_you_are_and_what_is_next(copy: Path) -> None:
    done = course(copy)
    assert done.code == 0
    assert done.out.startswith("Sums: 0 of 3 points, 0 of 1 exercises.\nNext: 01.1 A weighted sum")
    place = re.search(r"write +weighted_sum in (\S+):(\d+)\n", done.out)
    assert place
    text = (copy / place[1]).read_text().splitlines()[int(place[2]) - 1]
    assert text.startswith("    raise NotImplementedError(")
    assert course(copy, "next").out in done.out
    write(copy, RIGHT)
    course(copy, "grade", "01", "-q")
    assert "All exercises have all their points." in course(copy).out


def test_outside_of_a_copy_it_says_what_it_is_and_what_to_type(
    tiny_release: Path, tmp_path: Path
) -> None:
    outside = course_command(folder=tmp_path)
    assert (outside.code, "cd into your student copy" in outside.out) == (0, True)
    inside = course_command(folder=tiny_release)
    assert (inside.code, "course release 01 --out DIR" in inside.out) == (0, True)
    for command in (("status",), ("next",), ("watch",), ("show", "01.1"), ("reset", "01.1")):
        refused = course_command(*command, folder=tiny_release)
        assert (refused.code, "for a learner in a student copy" in refused.err) == (2, True)


@pytest.mark.parametrize("arguments", [[], ["status"], ["next"], ["hint", "01.1"]], ids=str)
def test_it_answers_without_waiting_for_libraries(copy: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", QUICK.format(arguments=arguments)],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "01.1 " in done.stdout


def test_no_line_is_wider_than_a_terminal_and_none_needs_colour(copy: Path) -> None:
    for arguments in ((), ("status",), ("next",)):
        out = course(copy, *arguments).out
        assert max(map(len, out.splitlines())) <= 80
        assert "\x1b" not in out
        assert "[" not in out  # a bar is for terminals alone


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("status", "1o"), "There is no module 1o. Did you mean 01?"),
        (("watch", "ading"), "There is no module ading. Did you mean adding?"),
        (("reset", "01.7"), "There is no exercise 01.7. Did you mean 01.1?"),
        (("show", "10.1"), "There is no module 10. Did you mean 01?"),
        (("grade", "02"), "Later ones come with a new release: course update --from NEW.zip"),
        (("hint",), "Which exercise? The next one: course hint 01.1"),
        (("show",), "Which exercise? The next one: course show 01.1"),
        (("grade",), "Which module? The next one: course grade 01"),
        (("hint", "01"), "01 is a module. Name one of its exercises: 01.1"),
        (("status", "01.1"), "01.1 is an exercise. Name its module here: 01."),
        (("hnit", "01.1"), "Did you mean 'hint'?"),
        (("reset",), "Name one exercise, or give --undo."),
        (("reset", "--undo"), "There is no backup of a `course reset`"),
    ],
    ids=str,
)
def test_what_is_not_there_is_named_with_the_nearest(
    copy: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = course(copy, *arguments)
    assert (done.code, words in done.err) == (2, True), done.err


def test_a_hint_is_broken_between_words_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    assert in_width("one two three four five six", "  1. ") == "  1. one two three four five six"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    lines = ["  1. one two three four", "     five six"]
    assert in_width("one two three four five six", "  1. ").splitlines() == lines


def test_an_exercise_may_be_named_without_its_zero(copy: Path) -> None:
    assert "01.1 A weighted sum" in course(copy, "hint", "1.1").out


def test_pytest_is_remembered_too(copy: Path) -> None:
    write(copy, RIGHT)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert word(copy) == "3/3 passed"


@pytest.mark.parametrize("damage", ["", "[1, {", '{"version": 99}', '{"checks": {"01.1/x": 1}}'])
@pytest.mark.parametrize("name", ["state.json", "state.twin.json"])
def test_a_damaged_state_is_rebuilt_and_nothing_is_lost(
    tmp_path: Path, damage: str, name: str
) -> None:
    folder = tmp_path / ".course"
    folder.mkdir()
    made = Course(tmp_path / "course.toml", "Sums", "sums", Limits(1, 1, 1), ())
    with changing(made) as state:
        state.hints["01.1"] = 1
        state.checks["01.1/x"] = Known(outcome=Outcome.PASSED, points=3, work="w", release="r")
    before = read_state(made)
    assert (before.hints, before.checks["01.1/x"].points) == ({"01.1": 1}, 3)
    (folder / name).write_text(damage)
    assert read_state(made) == before
    with changing(made) as state:
        state.hints["01.1"] = 2
    assert read_state(made).checks == before.checks
    twins = [(folder / twin).read_bytes() for twin in ("state.json", "state.twin.json")]
    assert twins[0] == twins[1]
    aside = folder / "state.damaged.json"
    assert (aside.read_text() if aside.exists() else None) == (
        damage if name == "state.json" else None
    )


def test_with_both_states_damaged_it_starts_over(copy: Path) -> None:
    course(copy, "hint", "01.1")
    for name in ("state.json", "state.twin.json"):
        (copy / ".course" / name).write_text("[1, {")
    assert word(copy) == "0/3 not started"
    hint = course(copy, "hint", "01.1")
    assert (hint.code, "  1. " in hint.out, "  2. " in hint.out) == (0, True, False)


def test_where_nothing_can_be_written_everything_works_and_says_so(copy: Path) -> None:
    """A folder in the way, which stops even root, whom permissions do not."""
    (copy / ".course/state.lock").mkdir()
    write(copy, RIGHT)
    graded = course(copy, "grade", "01")
    assert (graded.code, "3 of 3 points" in graded.out) == (0, True)
    assert "`course status` will not know of this" in graded.err
    hint = course(copy, "hint", "01.1")
    assert (hint.code, "  1. " in hint.out) == (0, True)
    assert "The next hint starts over" in hint.err
    assert word(copy) == "0/3 not graded yet"


def test_show_opens_the_editor_at_the_line_or_prints_the_place(copy: Path) -> None:
    printed = course(copy, "show", "01.1", VISUAL="", EDITOR="")
    place = re.fullmatch(r"sums/adding\.py:(\d+)\n", printed.out)
    assert place, printed.err
    editor = copy / "nano"
    editor.write_text(f"#!{sys.executable}\nimport sys\nprint(sys.argv[1:])\n")
    editor.chmod(0o755)
    opened = course(copy, "show", "01.1", VISUAL=f"{editor} -l", EDITOR="wrong")
    assert opened.out == f"['-l', '+{place[1]}', 'sums/adding.py']\n"
    failed = course(copy, "show", "01.1", VISUAL="", EDITOR="/no/such/editor")
    assert (failed.code, "Set $VISUAL or $EDITOR" in failed.err) == (2, True)


@pytest.mark.proof
def test_new_course_releases_grades_and_audits(tiny_release: Path, tmp_path: Path) -> None:
    made = course_command("new", tmp_path / "mine", folder=HOUSE)
    assert made.code == 0, made.err
    mine = tmp_path / "mine"
    assert course_command("grade", "01", "reference", folder=mine).code == 0
    released = course_command("release", "--out", "build/copy", folder=mine)
    assert (released.code, "FAILS" in released.out) == (0, False), released.out
    audited = course_command("audit", "--runs", "4", "--jobs", "1", folder=mine)
    assert (audited.code, "no findings" in audited.out) == (0, True), audited.out
    assert course_command(folder=mine / "build/copy").out.startswith("Sums: 0 of 3 points")
    again = course_command("new", mine, folder=HOUSE)
    assert (again.code, "Choose a new folder" in again.err) == (2, True)
    refused = course_command("new", tmp_path / "other", folder=tiny_release / "copy")
    assert refused.code == 2
