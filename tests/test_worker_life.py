"""Where workers come from, and that none outlives the grading it is for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graders.answers import LiveAnswers
from graders.check import Check
from graders.course import Course
from graders.grade import Grader
from graders.report import Report, as_json
from graders.scenarios import attention as scenarios
from graders.worker.client import Trusted
from graders.worker.launch import ForkServer, Launcher, Subprocesses

from .conftest import HOUSE, REFERENCE, MakeSubmission, live_answers
from .processes import descendants, ended_within, family, living, zygote
from .test_bad_code import RAW

PRACTICE = "practice/attention.py"
TEXT = (REFERENCE / PRACTICE).read_text() + "\n\n"
GRADE = """
import sys
from pathlib import Path
from graders.manifest import find_course
from tools.grading import grade_each
course = find_course()
(report,) = grade_each(course, course.module("01"), [Path(sys.argv[1])], "tests", quiet=True)
"""
IN_THE_HOUSE: dict[str, Any] = {"cwd": HOUSE, "env": os.environ | {"PYTHONPATH": str(HOUSE)}}


@pytest.fixture
def make_grader(course: Course) -> Iterator[Callable[..., Grader]]:
    """Make graders of one's own, which may be broken; each must be left before the test ends."""
    made: list[Grader] = []

    def make(launcher: Callable[..., Launcher] = ForkServer) -> Grader:
        made.append(Grader(course, course.module("01"), live_answers(course), launcher))
        return made[-1]

    yield make
    for grader in made:
        assert isinstance(grader._launcher, Subprocesses) or not living({zygote(grader)})


def told(report: Report) -> dict[str, Any]:
    """A report without what may differ between two equal gradings, or two ways to start."""
    return as_json(report) | {"seconds": 0, "sandbox": None}


def test_both_ways_to_start_a_worker_give_the_same_report(
    grader: Grader, make_grader: Callable[..., Grader], make_submission: MakeSubmission
) -> None:
    """Forked from a warm process, or a plain process each."""
    work = make_submission({PRACTICE: TEXT + RAW + "return query @ key"})
    forked = grader.grade(work)
    with make_grader(Subprocesses) as plain:
        started = plain.grade(work)
        launcher = plain._launcher
    assert isinstance(launcher, Subprocesses)
    assert launcher._alive == {}
    assert told(started) == told(forked)
    assert 0 < forked.score < forked.max_score
    assert (forked.sandbox["start"], started.sandbox["start"]) == ("fork", "spawn")
    assert {*forked.sandbox["layers"]} - {*started.sandbox["layers"]} == {"watched memory and disk"}


def test_deciding_process_loads_neither_torch_nor_the_work(make_submission: MakeSubmission) -> None:
    """All it knows of the submission are bytes."""
    work = make_submission({})
    script = f"""{GRADE}
assert report.score == report.max_score, report
loaded = [n for n in sys.modules if n.partition(".")[0] in ("torch", course.package)]
assert not loaded, loaded
files = [str(getattr(module, "__file__", "")) for module in sys.modules.values()]
inside = [file for file in files if "course-submission-" in file]
assert not inside, inside
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(work)],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **IN_THE_HOUSE,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_batch_may_use_more_processor_time_than_a_submission(
    course: Course, make_grader: Callable[..., Grader]
) -> None:
    """The worker of the reference is replaced when its time is up, and no answer is lost."""
    with make_grader(
        lambda limits, names: ForkServer(replace(limits, submission_seconds=1), names)
    ) as g:
        assert isinstance(g.answers, LiveAnswers)
        reference = g.answers._remembered("reference", g.answers._root).inner
        assert isinstance(reference, Trusted)
        workers = set()
        for _ in range(1000):
            assert reference.run(scenarios.causal_mask, seq_len=1000)["mask"].any()
            workers.add(getattr(reference.worker._running, "pid", None))
            if len(workers) > 2:
                break
        assert len(workers) > 2


def test_end_of_the_zygote_is_told_and_the_batch_goes_on(
    make_grader: Callable[..., Grader], make_submission: MakeSubmission
) -> None:
    """In the middle of a submission, and before the next: an error each, and no points at all."""
    killed = False

    def kill(check: Check) -> None:
        nonlocal killed
        if check.exercise == "01.8" and not killed:
            os.kill(zygote(grader), signal.SIGKILL)
            killed = True

    with make_grader() as grader:
        assert grader.grade(HOUSE / "reference").error == ""
        started = descendants(grader)
        reports = [grader.grade(HOUSE / "reference", kill) for _ in range(2)]
    for report in reports:
        assert (report.outcome, report.score) == ("error", 0)
        assert "The process that starts workers ended by itself" in report.error
        assert "Run the command again" in report.error
    assert started
    assert ended_within(5, started)


def test_no_process_and_no_file_outlives_a_grader(
    make_grader: Callable[..., Grader], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left in order, or by an interrupt in the middle of a submission."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: set[int] = set()

    def interrupt(check: Check) -> None:
        if check.exercise == "01.3":
            seen.update(descendants(grader), {zygote(grader)})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), make_grader() as grader:
        grader.grade(HOUSE / "reference", interrupt)
    assert len(seen) >= 3  # the zygote, the worker of the reference and that of the submission
    assert not living(seen)
    assert [*tmp_path.iterdir()] == []


def test_processes_end_with_a_deciding_process_that_is_killed(
    make_submission: MakeSubmission, tmp_path: Path
) -> None:
    """Nobody tells them; the zygote notices, and ends a worker that is in an endless loop."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    work = make_submission({PRACTICE: TEXT + RAW + "while True: pass"})
    command = [sys.executable, "-c", GRADE, str(work)]
    environment = IN_THE_HOUSE["env"] | {"TMPDIR": str(scratch)}
    with subprocess.Popen(command, cwd=HOUSE, env=environment) as process:
        try:
            ends = time.monotonic() + 60
            while not [*scratch.glob("*/submission")] and time.monotonic() < ends:
                time.sleep(0.02)
            while len(started := family(process.pid)) < 2 and time.monotonic() < ends:
                time.sleep(0.02)
        finally:
            process.kill()
    assert len(started) == 2  # the zygote and the worker
    assert ended_within(10, started)
    assert [*scratch.glob("*/worker")] == []
