"""A worker's own folder: empty, bounded, gone afterwards; and what else it does or does not inherit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from graders.course import Course
from graders.grade import Grader
from graders.outcomes import Outcome
from graders.worker import folders
from graders.worker.folders import in_memory, make_folder, private_folder, remove_folder

from .conftest import HOUSE, REFERENCE, MakeSubmission, live_answers
from .test_bad_code import RAW, assert_costs_first, assert_costs_only

PRACTICE = "practice/attention.py"
TEXT = (REFERENCE / PRACTICE).read_text() + "\n\n"

CLEAN = """
import os
import shutil
assert os.listdir() == [], os.listdir()
assert os.getcwd() == os.path.expanduser("~") == __import__("tempfile").gettempdir()
open("left", "w").write("something")
known = {"HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "OMP_WAIT_POLICY", "PATH"}
known |= {"PYTHONHASHSEED", "TEMP", "TMP", "TMPDIR"}
odd = {name for name in os.environ if name not in known and not name.endswith("_NUM_THREADS")}
assert not odd, odd
def is_open(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False
there = [number for number in range(4096) if is_open(number)]
assert len(there) == 4 and there[:3] == [0, 1, 2], there  # and its channel
"""


@pytest.mark.usefixtures("leaves_nothing")
def test_worker_finds_an_empty_folder_and_inherits_nothing(
    course: Course, make_submission: MakeSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither variables nor descriptors of who grades; and the next worker finds the same."""
    monkeypatch.setenv("COURSE_TOKEN", "secret")
    module, answers = course.module("01"), live_answers(course)
    work = make_submission({PRACTICE: TEXT + CLEAN})
    with open(HOUSE / "course.toml"), Grader(course, module, answers) as grader:  # noqa: PTH123
        for _ in range(2):
            assert_costs_only(grader.grade(work), ())


FULL = {
    "in_large_files": """
    for n in range(10**6):
        with open(f"file{n}", "wb") as file:
            file.write(bytes(32 << 20))""",
    "in_many_files": """
    for n in range(10**6):
        open(f"file{n}", "w").close()""",
    "in_deep_folders": """
    import os, time
    for n in range(3000):
        os.mkdir("deeper")
        os.chdir("deeper")
    time.sleep(4)""",
}


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("way", FULL)
@pytest.mark.parametrize("who", ["grader", "bare"])
def test_worker_that_fills_the_disk(
    way: str, who: str, grader: Grader, bare: Grader, make_submission: MakeSubmission
) -> None:
    """It is stopped, by a disk of its own or from outside, told why, and what it wrote is removed."""
    report = {"grader": grader, "bare": bare}[who].grade(
        make_submission({PRACTICE: TEXT + RAW + FULL[way].strip()})
    )
    assert_costs_first(report, Outcome.LIMIT, "it wrote more files than it may keep")


def test_worker_that_holds_memory_that_no_limit_counts(
    bare: Grader, make_submission: MakeSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where such memory can be had, it is seen from outside."""
    limits = replace(bare.course.limits, memory_mb=200)
    monkeypatch.setattr(bare._launcher, "limits", limits)
    code = """import mmap, time
    held = mmap.mmap(-1, 400 << 20)
    for _ in range(300): held.write(bytes(1 << 20))
    time.sleep(4)"""
    report = bare.grade(make_submission({PRACTICE: TEXT + RAW + code}))
    assert_costs_first(report, Outcome.LIMIT, "more than the 200 MiB of memory")


def test_folder_is_removed_whatever_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders too deep for any path, folders that may not be entered, links to what must stay."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("precious")
    folder = make_folder("test")
    (folder / "link").symlink_to(kept)
    (folder / "shut").mkdir()
    (folder / "shut" / "file").write_text("x")
    (folder / "shut").chmod(0)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    remove_folder(folder)
    assert [*tmp_path.iterdir()] == [kept]
    assert (kept / "file").read_text() == "precious"
    folder = make_folder("test")
    folder.rmdir()
    folder.symlink_to(kept)
    remove_folder(folder)
    assert (kept / "file").read_text() == "precious"


def test_submission_is_written_where_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In memory, unless it would fill that, there is none, or somebody chose another place."""
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(folders, "_memory", tmp_path)
    assert in_memory(1000) == tmp_path
    with private_folder("test", in_memory(1000)) as folder:
        assert folder.is_relative_to(tmp_path)
    assert [*tmp_path.iterdir()] == []
    room = shutil.disk_usage(tmp_path).free
    assert in_memory(room // 2) is None
    monkeypatch.setattr(folders, "_memory", tmp_path / "nowhere")
    assert in_memory(1000) is None
    monkeypatch.setattr(folders, "_memory", tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert in_memory(1000) is None


@pytest.fixture
def start() -> Iterator[Callable[[Path], tuple[subprocess.Popen[str], Path]]]:
    """Start a process that makes a folder in another one, tells its name, and waits."""
    code = (
        "import pathlib, sys; from graders.worker.folders import make_folder; "
        "print(make_folder('batch', pathlib.Path(sys.argv[1])), flush=True); sys.stdin.read()"
    )
    with ExitStack() as stack:

        def started(around: Path) -> tuple[subprocess.Popen[str], Path]:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", code, around],
                    cwd=HOUSE,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            assert process.stdout
            return process, Path(process.stdout.readline().strip())

        yield started


def a_later_run(place: Path) -> None:
    folders._remove_left.cache_clear()  # which looks once in each process
    with private_folder("test", place):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_a_later_run_removes_what_killed_processes_left(
    tmp_path: Path,
    start: Callable[[Path], tuple[subprocess.Popen[str], Path]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And no folder that is in use or in which one is, another user's, or of somebody else."""
    process, folder = start(tmp_path)
    below, nested = start(folder)
    (tmp_path / "course-of-mine").mkdir()
    (tmp_path / "course-batch-linked").symlink_to(folder.parent)
    (folder / "file").write_text("x")
    there = {*tmp_path.rglob("*")}
    a_later_run(tmp_path)
    assert {*tmp_path.rglob("*")} == there
    process.kill()
    process.wait()
    a_later_run(tmp_path)
    assert {*tmp_path.rglob("*")} == there  # one in it is in use
    below.kill()
    below.wait()
    with monkeypatch.context() as patched:
        patched.setattr(os, "getuid", lambda: os.geteuid() + 1)
        a_later_run(tmp_path)
    assert {*tmp_path.rglob("*")} == there
    with private_folder("test", tmp_path) as mine:
        a_later_run(tmp_path)
        names = {"course-of-mine", "course-batch-linked", mine.parent.name}
        assert {path.name for path in tmp_path.iterdir()} == names
        assert mine.is_dir()
    assert not nested.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_what_a_killed_grader_left_is_removed_and_not_what_its_workers_may_still_use(
    tmp_path: Path, start: Callable[[Path], tuple[subprocess.Popen[str], Path]]
) -> None:
    """Learner code may run there until the zygote ends it, which then removes the worker's folder."""
    process, folder = start(tmp_path)
    process.kill()
    process.wait()
    outer = folder.parent
    worker = outer.rename(outer.with_name(outer.name.replace("batch", "worker")))
    a_later_run(tmp_path)
    assert (worker / "batch").is_dir()
    worker.rename(outer)
    a_later_run(tmp_path)
    assert [*tmp_path.iterdir()] == []
