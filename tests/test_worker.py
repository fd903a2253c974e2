"""The worker: what it says decides nothing, what it uses is bounded, and it never outlives us."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graders.answers import Answers, LiveAnswers
from graders.check import Check
from graders.grade import Grader
from graders.manifest import Course
from graders.outcomes import Outcome
from graders.report import Report, as_json
from graders.worker.launch import ForkServer, Launcher, Subprocesses

from .conftest import HOUSE, REFERENCE, MakeSubmission
from .processes import descendants, ended_within, family, living, zygote
from .test_bad_code import RAW, assert_costs_only

PRACTICE = "practice/attention.py"
TEXT = (REFERENCE / PRACTICE).read_text() + "\n\n"
CHANNEL = """
import gc, json, socket
from graders.worker import frames

def channel():
    found = [o for o in gc.get_objects() if isinstance(o, socket.socket) and o.fileno() != -1]
    return found[0]

"""
LIES = {
    "says nothing that can be read": (
        "channel().send(b'x' * 1000)",
        "cannot be read (not a frame)",
    ),
    "answers out of turn": (
        "frames.send(channel(), {'id': 999}, {'scores': query.numpy()})",
        "it answered out of turn",
    ),
    "answers without a number": ("frames.send(channel(), {}, {})", "it answered out of turn"),
    "announces more than may be sent": (
        "channel().send(frames.PREFIX.pack(frames.MAGIC, 2, 1 << 30) + b'{}')",
        "cannot be read (not a frame)",
    ),
    "closes its channel": ("channel().close()", "it broke off its connection"),
    "shuts its channel": ("channel().shutdown(socket.SHUT_RDWR)", "it "),  # by itself, or by us
}
GRADE = """
import sys
from pathlib import Path
from graders.manifest import find_course
from tools.grading import grade_all
course = find_course()
(report,) = grade_all(course, course.module("01"), [Path(sys.argv[1])], "tests", quiet=True)
"""
IN_THE_HOUSE: dict[str, Any] = {"cwd": HOUSE, "env": os.environ | {"PYTHONPATH": str(HOUSE)}}
FAILURES = {
    "passed": "passed",
    "a list": ["failed"],
    "a number": 7,
    "nothing": None,
    "an object": {"failed": 1},
}


@pytest.fixture
def make_grader(course: Course) -> Iterator[Callable[..., Grader]]:
    """Make graders of one's own, which may be broken; each must be left before the test ends."""
    made: list[Grader] = []

    def make(launcher: Callable[..., Launcher] = ForkServer) -> Grader:
        module = course.module("01")

        def answers(started: Launcher) -> Answers:
            return LiveAnswers(course, module, started, "tests", "tests")

        made.append(Grader(course, module, answers, launcher))
        return made[-1]

    yield make
    for grader in made:
        assert isinstance(grader._launcher, Subprocesses) or not living({zygote(grader)})


def told(report: Report) -> dict[str, Any]:
    """A report without what may differ between two equal gradings, or two ways to start."""
    return as_json(report) | {"seconds": 0, "sandbox": None}


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("lie", LIES, ids=lambda name: name.replace(" ", "_"))
def test_worker_that(lie: str, hasty: Grader, make_submission: MakeSubmission) -> None:
    """It is an error of that check; the checks of other exercises go on in a new worker."""
    code, words = LIES[lie]
    work = make_submission({PRACTICE: TEXT + CHANNEL + RAW + f"{code}; return query @ key.mT"})
    report = hasty.grade(work)
    assert_costs_only(report, ("01.1",))
    first = report.of_exercise("01.1")[0]
    assert first.outcome is Outcome.ERROR
    assert words in first.message


@pytest.mark.usefixtures("leaves_nothing")
def test_worker_that_announces_more_than_it_sends_runs_over_the_time(
    hasty: Grader, make_submission: MakeSubmission
) -> None:
    """The rest is waited for, as long as the check has time."""
    code = "channel().send(frames.PREFIX.pack(frames.MAGIC, 2, 1 << 20) + b'{}')"
    work = make_submission({PRACTICE: TEXT + CHANNEL + RAW + f"{code}; return query @ key.mT"})
    report = hasty.grade(work)
    assert_costs_only(report, ("01.1",))
    assert report.of_exercise("01.1")[0].outcome is Outcome.LIMIT


@pytest.mark.parametrize("failure", FAILURES.values(), ids=lambda value: type(value).__name__)
def test_worker_that_claims_a_failure_of_an_unknown_kind_has_made_an_error(
    failure: object, grader: Grader, make_submission: MakeSubmission
) -> None:
    """Whatever stands where the kind of a failure is told, it is no pass, and nothing breaks."""
    code = f"""
import json, os
def dumps(header, dumps=json.dumps):
    return dumps(dict(header, failure={failure!r}, message="m") if "id" in header else header)
def raw_scores(query, key):
    from graders.worker import frames
    frames.json.dumps = dumps
    return query @ key.mT
"""
    report = grader.grade(make_submission({PRACTICE: TEXT + code}))
    assert report.error == ""
    first = report.of_exercise("01.1")[0]
    assert (first.outcome, first.points) == (Outcome.ERROR, 0)
    assert ": m.\n" in first.message


def test_message_of_a_worker_is_fit_for_terminals_and_files(
    grader: Grader, make_submission: MakeSubmission
) -> None:
    """No escape codes, no halves of characters, no new lines, no megabytes."""
    code = RAW + "raise ValueError('\\x1b[2J\\ud800\\x00\\n01.1: passed ' + 'x' * 3_000_000)"
    report = grader.grade(make_submission({PRACTICE: TEXT + code}))
    assert_costs_only(report, ("01.1",))
    first = report.of_exercise("01.1")[0]
    assert "ValueError: " in first.message
    assert first.problem.replace(" ", "x").isprintable()
    first.message.encode()
    assert len(first.message) < 5_000


def test_learner_cannot_answer_for_another_check(
    hasty: Grader, make_submission: MakeSubmission
) -> None:
    """Answers sent ahead of the questions are not taken for answers to them."""
    code = """
    for number in range(1, 400):
        frames.send(channel(), {'id': number}, {'scores': query.numpy() * 0})
    return query @ key.mT"""
    report = hasty.grade(make_submission({PRACTICE: TEXT + CHANNEL + RAW + code.lstrip()}))
    assert report.score < report.max_score
    assert all(v.points == 0 for v in report.of_exercise("01.1"))


LIMITS = {
    "processor time": (
        {"submission_seconds": 1},
        "import time\n    while True: pass",
        "it used all the processor time",
    ),
    "memory": (
        {"memory_mb": 200},
        "kept = [torch.ones(1 << 20) for _ in range(100)]",
        "it asked for more memory than a check may use",
    ),
}


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("limit", LIMITS, ids=lambda name: name.replace(" ", "_"))
def test_worker_that_goes_over_its(
    limit: str, grader: Grader, make_submission: MakeSubmission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system ends it, or refuses; the check is told to have run over a limit, and which."""
    small, code, words = LIMITS[limit]
    limits = replace(grader.course.limits, **small)
    monkeypatch.setattr(grader._launcher, "limits", limits)
    report = grader.grade(make_submission({PRACTICE: TEXT + RAW + code}))
    assert_costs_only(report, ("01.1",))
    first = report.of_exercise("01.1")[0]
    assert first.outcome is Outcome.LIMIT
    assert words in first.message


def test_file_that_grows_too_large_is_an_error(
    grader: Grader, make_submission: MakeSubmission
) -> None:
    code = "import tempfile\n    tempfile.TemporaryFile().truncate(1 << 30)"
    report = grader.grade(make_submission({PRACTICE: TEXT + RAW + code}))
    assert_costs_only(report, ("01.1",))
    assert "File too large" in report.of_exercise("01.1")[0].message


def test_both_ways_to_start_a_worker_give_the_same_report(
    grader: Grader, make_grader: Callable[..., Grader], make_submission: MakeSubmission
) -> None:
    """Forked from a warm process, or a plain process each."""
    work = make_submission({PRACTICE: TEXT + RAW + "return query @ key"})
    forked = grader.grade(work)
    with make_grader(lambda limits, scenarios: Subprocesses(limits)) as plain:
        started = plain.grade(work)
        launcher = plain._launcher
    assert isinstance(launcher, Subprocesses)
    assert launcher._alive == {}
    assert told(started) == told(forked)
    assert 0 < forked.score < forked.max_score
    assert (forked.sandbox["start"], started.sandbox["start"]) == ("fork", "spawn")
    assert forked.sandbox["layers"] == started.sandbox["layers"]


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
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    loop = f"open({str(pipe)!r}, 'w').write('here')\n    while True: pass"
    work = make_submission({PRACTICE: TEXT + RAW + loop})
    with subprocess.Popen([sys.executable, "-c", GRADE, str(work)], **IN_THE_HOUSE) as process:
        try:
            assert select.select([reading], [], [], 30)[0]
            started = family(process.pid)
        finally:
            process.kill()
            os.close(reading)
    assert len(started) >= 2  # the zygote and the worker
    assert ended_within(10, started)
