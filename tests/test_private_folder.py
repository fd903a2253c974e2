"""A worker's own folder: empty, bounded, gone afterwards; and what else it does or does not inherit."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from graders.grade import Grader
from graders.manifest import Course
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
