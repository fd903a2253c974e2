"""A corpus of hostile submissions: each scores what it honestly solves, and leaves nothing behind.

What they are, and what plain pytest makes of them, is in ``hostile_corpus.py``.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graders.course import Course
from graders.fingerprint import course_files
from graders.grade import Grader
from graders.worker import launch

from .conftest import HOUSE, MakeSubmission, live_answers
from .hostile_corpus import (
    CORPUS,
    EXERCISE,
    ONLY_IN_A_WORKER,
    PRACTICE,
    WRONG,
    hostile,
    plain_pytest,
)
from .test_bad_code import assert_costs_only

FIRST_WORDS = [
    "disk",
    "door",
    "kernel",
    "leave",
    "memory",
    "network",
    "noise",
    "patch",
    "process",
    "steal",
]
HARMLESS_ELSEWHERE = ("disk", "kernel", "memory", "network", "process", "steal")
# need root, a recent kernel, or one that was built for it
SOME_MACHINES = ("disk_attributes", "disk_packages", "process_trace", "steal_memory_file")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A port on this machine that somebody listens to."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        yield listening.getsockname()[1]


def contents() -> dict[Path, bytes]:
    """All that is in the course."""
    folders = ("reference", "graders", "tools", "release", "tests")
    return {path: path.read_bytes() for folder in folders for path in course_files(HOUSE / folder)}


def state(path: Path) -> tuple[object, ...]:
    """What is in a file, and what is known of it."""
    stat = path.stat()
    attributes = os.listxattr(path) if sys.platform == "linux" else []
    return path.read_bytes(), stat.st_mode, stat.st_uid, stat.st_nlink, stat.st_mtime_ns, attributes


def test_corpus_is_large_and_each_says_what_it_tries() -> None:
    assert len(CORPUS) >= 60
    for name, path in CORPUS.items():
        first, blank, *_ = path.read_text().splitlines()
        assert first.startswith('"""'), name
        assert first.endswith('."""'), name
        assert blank == "", name
        assert name.partition("_")[0] in FIRST_WORDS, name


@pytest.fixture(scope="module")
def before() -> dict[Path, bytes]:
    return contents()


@pytest.mark.usefixtures("leaves_nothing", "before")
@pytest.mark.parametrize("name", CORPUS)
def test_hostile_submission(
    name: str,
    hasty: Grader,
    make_submission: MakeSubmission,
    tmp_path: Path,
    port: int,
) -> None:
    """No point for what it did not solve; no process, file or changed byte is left."""
    outside = tmp_path / "outside"
    outside.write_text("precious")
    before = state(outside)
    report = hasty.grade(make_submission({PRACTICE: hostile(name, outside, port)}))
    assert report.error == ""
    assert report.points_of(EXERCISE) == 0
    if name.partition("_")[0] in HARMLESS_ELSEWHERE:
        assert_costs_only(report, (EXERCISE,))
    assert state(outside) == before
    assert {path.name for path in tmp_path.iterdir()} == {"outside", "submission"}


# what the oldest Landlock, and a machine without namespaces, leave to the filter of system calls
OLDEST = """
import landlockpy._syscall as old, graders.worker.libc as bare
old.abi_version = lambda: 1
bare.unshare = lambda flags: bare.prctl(-1, 0)
"""
LEFT_TO_THE_FILTER = (
    *(
        "disk_empty_own_work",
        "disk_empty_own_work_raw",
        "disk_truncate",
        "disk_mode",
        "kernel_namespace",
        "network_udp",
    ),
    *("network_local", "process_signal", "process_owner_by_ioctl"),
)


@pytest.fixture(scope="module")
def oldest(course: Course) -> Iterator[Grader]:
    """A grader on a machine with the oldest Landlock and no namespaces."""
    with pytest.MonkeyPatch.context() as patch:
        boot = launch.BOOT.replace("from graders", f"exec({OLDEST!r}); from graders", 1)
        patch.setattr(launch, "BOOT", boot)
        with Grader(course, course.module("01"), live_answers(course)) as made:
            yield made


@pytest.mark.parametrize("name", LEFT_TO_THE_FILTER)
def test_hostile_submission_on_the_oldest_kernel_that_will_do(
    name: str, oldest: Grader, make_submission: MakeSubmission, tmp_path: Path, port: int
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    before = state(outside)
    report = oldest.grade(make_submission({PRACTICE: hostile(name, outside, port)}))
    assert report.sandbox["level"] == "B"
    assert_costs_only(report, (EXERCISE,))
    assert state(outside) == before


def test_nothing_in_the_course_has_changed_and_right_work_has_all_points(
    before: dict[Path, bytes], grader: Grader
) -> None:
    """After all of the corpus, through the same grader."""
    assert contents() == before
    report = grader.grade(HOUSE / "reference")
    assert (report.outcome, report.score) == ("graded", report.max_score)


@pytest.mark.proof
def test_corpus_would_succeed_against_plain_pytest(tmp_path: Path, port: int) -> None:
    """Where learner code and verdict share a process, each of them passes the test."""
    names = [name for name in CORPUS if not name.startswith(ONLY_IN_A_WORKER)]
    codes = plain_pytest([*names, WRONG], tmp_path, port)
    assert codes[WRONG] == 1, "the test lets any work pass"
    failed = {name for name in names if codes[name] != 0}
    assert failed <= {*SOME_MACHINES}, failed
