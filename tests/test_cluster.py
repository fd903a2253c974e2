"""A class graded on a Dask cluster: a real scheduler and two real workers, on loopback."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from graders.errors import CourseError

from .conftest import HOUSE
from .processes import ended_within, family
from .shell import COMMAND, course_command
from .test_class import out, reports, submissions, told, until

pytestmark = pytest.mark.proof

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

__all__ = ["submissions"]
FORGED = """
import os
def raw_scores(query, key):
    os._exit(0)
"""


class Cluster:
    """A scheduler, and workers that one may add and kill."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._stack, self._folder = stack, folder
        self.address = f"tcp://127.0.0.1:{port}"
        self._start("scheduler", HOUSE, "--port", str(port))

    def add_worker(self, course: Path = HOUSE) -> subprocess.Popen[bytes]:
        """A worker that grades with the course in a folder."""
        return self._start("worker", course, self.address, "--nthreads", "1", "--no-nanny")

    def _start(self, what: str, course: Path, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", what, *arguments]
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--no-dashboard"],
            cwd=course,
            env=os.environ | {"PYTHONPATH": str(course), "TMPDIR": str(self._folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        yield Cluster(stack, scratch)


def test_a_worker_that_is_killed_costs_nothing(submissions: Path, cluster: Cluster) -> None:
    """Its submissions are graded by the other one, with the results that one machine gives."""
    hostile = submissions / "learner_04" / "tiny_transformer" / "practice" / "attention.py"
    hostile.write_text(hostile.read_text() + FORGED)
    first, _ = cluster.add_worker(), cluster.add_worker()
    command = ["grade", "01", str(submissions), "--quiet", "--seed", "x"]
    there = ["--out", str(out(submissions)), "--cluster", cluster.address]
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *command, *there],
        cwd=HOUSE,
        env=os.environ | {"PYTHONPATH": str(HOUSE)},
        stderr=subprocess.PIPE,
    ) as process:
        until(lambda: len(reports(submissions)) >= 2)
        processes = family(first.pid)
        os.kill(first.pid, signal.SIGKILL)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 2, said  # for the one who handed in nothing
    assert ended_within(20, processes)
    far = reports(submissions)
    assert len(far) == len([*submissions.iterdir()])
    assert [far[name]["score"] for name in ("learner_02", "learner_04", "learner_05")] == [
        48,
        48,
        50,
    ]
    shutil.rmtree(out(submissions))
    course_command(*command, "--out", out(submissions))
    assert told(far) == told(reports(submissions))


def test_a_worker_with_another_course_grades_nothing(
    submissions: Path, cluster: Cluster, tmp_path: Path
) -> None:
    other = tmp_path / "course"
    shutil.copytree(HOUSE, other, ignore=shutil.ignore_patterns(".*", "__pycache__", "build"))
    (other / "reference" / "more.py").write_text("")
    cluster.add_worker(other)
    where = ("--out", out(submissions), "--cluster", cluster.address)
    done = course_command("grade", "01", submissions, *where)
    assert done.code == 2
    assert "is release" in done.err
    assert "Let all machines have the same files" in done.err
    assert reports(submissions) == {}


def test_where_there_is_no_scheduler_it_is_said(
    submissions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.batch import cluster as module

    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setattr(module, "SECONDS", 0.2)
        with pytest.raises(CourseError, match="no Dask scheduler at"):
            module.ClusterPool(address)
    with pytest.raises(CourseError, match="Expected an address like tcp://host:8786"):
        module.ClusterPool("not an address")
