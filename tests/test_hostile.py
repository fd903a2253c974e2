"""A corpus of hostile submissions: each scores what it honestly solves, and leaves nothing behind.

``tests/hostile/*.py`` stand at the end of a right ``practice/attention.py``. Each says in its first
line what it tries, and defines another ``raw_scores``, which is right only if it gets what it is
after. It finds there ``honest``, the right function, and the names of ``PRELUDE``.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graders.answers import LiveAnswers
from graders.fingerprint import course_files
from graders.grade import Grader
from graders.manifest import Course
from graders.worker import launch
from graders.worker.launch import Launcher

from .conftest import HOUSE, REFERENCE, MakeSubmission
from .test_bad_code import assert_costs_only

PRACTICE = "practice/attention.py"
CORPUS = {path.stem: path for path in sorted((HOUSE / "tests" / "hostile").glob("*.py"))}
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
ONLY_IN_A_WORKER = ("door", "noise")  # there is no door to force where all is one process
# need root, a recent kernel, or one that was built for it
SOME_MACHINES = ("disk_attributes", "disk_packages", "process_trace", "steal_memory_file")
WRONG = "merely wrong"
PRELUDE = """
honest = raw_scores
HOUSE, OUTSIDE, PORT, PROCESS = {!r}, {!r}, {}, {}

def channel():
    import gc, socket
    return [o for o in gc.get_objects() if isinstance(o, socket.socket) and o.fileno() != -1][0]

"""
# as a teacher would write it
PLAIN = """
import torch
from answers import raw_scores as right_scores
from tiny_transformer.practice.attention import raw_scores

def test_raw_scores():
    torch.manual_seed(0)
    query, key = torch.randn(4, 5, 8), torch.randn(4, 7, 8)
    expected = right_scores(query, key)
    got = raw_scores(query, key)
    assert got.shape == expected.shape
    assert torch.allclose(got, expected)
"""
# a warm process, forked for each submission; the exit code is pytest's, or what became of it
RUN_PLAIN = """
import atexit, gc, json, os, sys, time
import pytest, torch
torch.set_num_threads(1)
gc.freeze()  # else each child looks through all of torch when it ends
sys.dont_write_bytecode = True
codes, silence = {}, os.open(os.devnull, os.O_RDWR)
for folder in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        os.setsid()
        for descriptor in (0, 1, 2):
            os.dup2(silence, descriptor)
        os.chdir(folder)
        sys.path.insert(0, folder)
        code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "test_plain.py"])
        atexit._run_exitfuncs()
        os._exit(code)
    ends = time.monotonic() + 30
    while not (done := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < ends:
        time.sleep(0.01)
    if not done[0]:
        os.killpg(child, 9)
        done = os.waitpid(child, 0)
    codes[os.path.basename(folder)] = os.waitstatus_to_exitcode(done[1])
print(json.dumps(codes))
"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A port on this machine that somebody listens to."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        yield listening.getsockname()[1]


def hostile(name: str, outside: Path, port: int) -> str:
    """The file that a hostile learner hands in."""
    prelude = PRELUDE.format(str(HOUSE), str(outside), port, os.getpid())
    code = "def raw_scores(query, key): return query" if name == WRONG else CORPUS[name].read_text()
    return (REFERENCE / PRACTICE).read_text() + prelude + code


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
    assert sum(verdict.points for verdict in report.of_exercise("01.1")) == 0
    if name.partition("_")[0] in HARMLESS_ELSEWHERE:
        assert_costs_only(report, ("01.1",))
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
    module = course.module("01")

    def answers(launcher: Launcher) -> LiveAnswers:
        return LiveAnswers(course, module, launcher, "tests", "tests")

    with pytest.MonkeyPatch.context() as patch:
        boot = launch.BOOT.replace("from graders", f"exec({OLDEST!r}); from graders", 1)
        patch.setattr(launch, "BOOT", boot)
        with Grader(course, module, answers) as made:
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
    assert_costs_only(report, ("01.1",))
    assert state(outside) == before


def test_nothing_in_the_course_has_changed_and_right_work_has_all_points(
    before: dict[Path, bytes], grader: Grader
) -> None:
    """After all of the corpus, through the same grader."""
    assert contents() == before
    report = grader.grade(HOUSE / "reference")
    assert (report.outcome, report.score) == ("graded", report.max_score)


def test_corpus_would_succeed_against_plain_pytest(
    make_plain: Callable[[str], Path],
) -> None:
    """Where learner code and verdict share a process, each of them passes the test."""
    names = [name for name in CORPUS if not name.startswith(ONLY_IN_A_WORKER)]
    folders = [str(make_plain(name)) for name in (*names, WRONG)]
    done = subprocess.run(
        [sys.executable, "-c", RUN_PLAIN, *folders],
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    codes = json.loads(done.stdout)
    assert codes[WRONG] == 1, "the test lets any work pass"
    failed = {name for name in names if codes[name] != 0}
    assert failed <= {*SOME_MACHINES}, failed


@pytest.fixture
def make_plain(tmp_path: Path, port: int) -> Callable[[str], Path]:
    """Make a folder with a test, its answers, and a hostile submission."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        practice = folder / "tiny_transformer" / "practice"
        practice.mkdir(parents=True)
        outside = folder / "outside"
        outside.write_text("precious")
        (practice / "attention.py").write_text(hostile(name, outside, port))
        (folder / "answers.py").write_text((REFERENCE / PRACTICE).read_text())
        (folder / "test_plain.py").write_text(PLAIN)
        return folder

    return make
