"""What a machine offers is found out by trying; less than is required grades nothing."""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import tools.doctoring
import tools.grading
from graders.course import Course
from graders.errors import CourseError
from graders.grade import Grader
from graders.report import Report
from graders.worker import launch
from graders.worker.launch import Subprocesses
from graders.worker.protection import LEVELS, Protection, level_of
from graders.worker.selftest import protect
from graders.worker.syscalls import JUDGED, REFUSED, numbers
from tools.commands.grade import grade

from .conftest import HOUSE, REFERENCE, live_answers
from .shell import COMMAND, course_command

PRACTICE = "practice/attention.py"
TEXT = (REFERENCE / PRACTICE).read_text() + "\n\n"
NOBODY = 65534
ONLY_A = {"fill the disk with deleted files"}  # not shut off where there are no namespaces

NO_LANDLOCK = "sys.modules['landlockpy'] = None"
OLD_KERNEL = "import landlockpy; landlockpy.abi_version = lambda: 0"
REFUSED_BY_SYSTEM = "(_ for _ in ()).throw(PermissionError(1, 'Operation not permitted'))"
NO_NAMESPACES = f"import graders.worker.libc as l; l.unshare = lambda flags: {REFUSED_BY_SYSTEM}"
NO_SECCOMP = "import platform; platform.machine = lambda: 'riscv64'"
NOTHING_READABLE = "import graders.worker.landlock as l; l.shared_folders = lambda: []"

# a machine: its level, and what is said about what is off
MACHINES = {
    "without_namespaces": (
        NO_NAMESPACES,
        "B",
        "own disk and network (namespaces)",
        "Operation not permitted",
    ),
    "without_landlockpy": (NO_LANDLOCK, "C", "files (Landlock)", "pip install landlockpy"),
    "with_an_old_kernel": (OLD_KERNEL, "C", "files (Landlock)", "Linux has it from 5.13 on"),
    "with_another_processor": (
        NO_SECCOMP,
        "D",
        "network and processes (seccomp)",
        "known: x86_64, aarch64",
    ),
    "where_the_layers_break_honest_work": (
        NOTHING_READABLE,
        "D",
        "files (Landlock)",
        "it breaks honest work",
    ),
}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let all that starts workers do so on another machine: after a line of Python."""

    def become(line: str) -> None:
        boot = launch.BOOT.replace("from graders", f"{line}; from graders", 1)
        monkeypatch.setattr(launch, "BOOT", boot)

    return become


@pytest.mark.parametrize("name", MACHINES)
def test_doctor_on_a_machine(
    name: str, machine: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """It says which level that makes, which layer is off, and why; the exit code says if it will do."""
    line, level, layer, why = MACHINES[name]
    machine(line)
    assert tools.doctoring.examine(as_json=True) == (0 if level <= "B" else 1)
    found = json.loads(capsys.readouterr().out)
    assert (found["level"], found["enough"]) == (level, level <= "B")
    assert why in found["missing"][layer]
    assert layer not in found["layers"]
    assert any(found["attempts"].values())
    assert bool(found["broken"]) == (line == NOTHING_READABLE)


def test_doctor_here_as_from_a_shell() -> None:
    """All layers are on, all attempts fail, and the exit code is 0."""
    done = course_command("doctor", "--json")
    found = json.loads(done.out)
    assert (done.code, found["enough"], found["broken"]) == (0, True, {})
    assert {name for name, reached in found["attempts"].items() if reached} <= ONLY_A
    shown = course_command("doctor")
    assert shown.code == 0
    assert f"level {found['level']}: " in shown.out
    for layer in found["layers"]:
        assert f"on  {layer}" in shown.out


def test_work_of_others_is_not_graded_at_less_than_the_required_level(
    machine: Callable[[str], None], course: Course
) -> None:
    """Nothing is run; what is required, what was found and what to do is said."""
    machine(NO_LANDLOCK)
    module, answers = course.module("01"), live_answers(course)
    with (
        pytest.raises(CourseError, match=r"Level B .* level C .*`course doctor`.*sandbox C"),
        Grader(course, module, answers),
    ):
        pytest.fail("it graded")  # pragma: no cover
    with Grader(course, module, answers, required_level="C") as grader:
        report = grader.grade(HOUSE / "reference")
    assert report.score == report.max_score
    assert report.sandbox["level"] == "C"
    assert "read a file" in report.sandbox["open"]
    assert "files (Landlock)" not in report.sandbox["layers"]


def test_required_level_is_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a PATH it is B if nothing is said, for one's own work in a student copy none."""
    asked: list[str] = []

    def grade_each(*arguments: Any) -> list[Report]:
        asked.append(arguments[4])
        return []

    monkeypatch.setattr(tools.grading, "grade_each", grade_each)
    monkeypatch.setattr(tools.grading, "is_house", lambda _: False)
    monkeypatch.chdir(HOUSE)
    run = CliRunner().invoke
    assert run(grade, ["01"]).exit_code == 0
    assert run(grade, ["01", "reference"]).exit_code == 0
    assert run(grade, ["01", "reference", "--require-sandbox", "c"]).exit_code == 0
    assert run(grade, ["01", "--require-sandbox", "A"]).exit_code == 0
    assert asked == ["D", "B", "C", "A"]
    assert run(grade, ["01", "--require-sandbox", "E"]).exit_code == 2


def test_levels_are_those_of_what_got_through() -> None:
    assert level_of([]) == "A"
    assert level_of(ONLY_A) == "B"
    assert level_of(["read a file", "write a file", *ONLY_A]) == "C"
    for attempt in ("connect by UDP", "start a process", "take more memory than it may"):
        assert level_of(["read a file", attempt]) == level_of([attempt]) == "D"
    for required in LEVELS:
        for level in LEVELS:
            if level <= required:
                Protection(level).require(required)
            else:
                with pytest.raises(CourseError):
                    Protection(level).require(required)


@pytest.mark.parametrize("level", ["b", "", "E", "B "])
def test_what_is_no_level_is_refused_where_all_holds(level: str) -> None:
    """Compared as text, "b" asks for less than any level is."""
    with pytest.raises(CourseError, match="expected a level of isolation, A, B, C, D"):
        Protection("A").require(level)


def test_worker_that_lost_a_layer_grades_nothing(
    grader: Grader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One of many: its submission is an error, not a grade at a lower level; the next is graded."""
    monkeypatch.setattr(launch, "make_folder", lambda _: tmp_path / "nowhere" / "worker")
    report = grader.grade(HOUSE / "reference")
    assert (report.outcome, report.verdicts) == ("error", [])
    assert "could not lock itself down" in report.error
    assert "private folder: " in report.error
    monkeypatch.undo()
    assert grader.grade(HOUSE / "reference").score == grader.module.points


def test_layer_that_a_worker_does_not_know_is_one_it_lost(
    grader: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = grader.protection
    more = replace(held, layers=(*held.layers, "bars before the windows"))
    monkeypatch.setattr(grader._launcher, "protection", more)
    assert "bars before the windows" in grader.grade(HOUSE / "reference").error


def test_on_another_system_the_level_is_said_without_a_test(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is D, with the limits that the system has; nothing is started to find that out."""
    launcher = Subprocesses(course.limits, [])
    monkeypatch.setattr(sys, "platform", "darwin")
    held = protect(launcher)
    assert (held.level, held.tried) == ("D", False)
    assert "cpu time" in held.layers
    monkeypatch.setattr(sys, "platform", "win32")
    launcher.protection = None
    assert protect(launcher).layers == ("private folder",)
    with pytest.raises(CourseError, match="level D"):
        held.require("B")


@pytest.mark.parametrize(
    ("machine_name", "token"), [("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)]
)
def test_numbers_of_system_calls_are_those_of_libseccomp(machine_name: str, token: int) -> None:
    found = ctypes.util.find_library("seccomp")
    if not found:
        pytest.skip("libseccomp is not on this machine")
    resolve = ctypes.CDLL(found).seccomp_syscall_resolve_name_arch
    texts = [*REFUSED.values(), JUDGED]
    known = {name: number for text in texts for name, number in numbers(text, machine_name).items()}
    named = {name for text in texts for name in text.split()[::3]}
    for name in named:  # those that a machine lacks have a negative number there
        assert known.get(name, -1) == max(-1, resolve(token, name.encode())), name


def test_ordinary_user_has_the_same_protection() -> None:
    """No layer needs root, nor any capability."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")

    def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            cwd="/",
            env={"PYTHONPATH": str(HOUSE), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    try:
        if run("import graders.grade, rich").returncode:
            pytest.skip("what is installed here can be read by root alone")
    except PermissionError:
        pytest.skip("this Python can be run by root alone")
    done = run(COMMAND, "doctor", "--json")
    found = json.loads(done.stdout)
    assert (found["user"], found["enough"]) == ("ordinary", True)
    assert {name for name, reached in found["attempts"].items() if reached} <= ONLY_A
