"""The worker: what it says decides nothing, and what it uses is bounded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graders.grade import Grader
from graders.outcomes import Outcome

from .conftest import REFERENCE, MakeSubmission
from .test_bad_code import RAW, assert_costs_first, assert_costs_only

PRACTICE = "practice/attention.py"
TEXT = (REFERENCE / PRACTICE).read_text() + "\n\n"
CHANNEL = """
import gc, json, socket, sys
from safetensors.numpy import save
from graders.worker import frames

def channel():
    found = [o for o in gc.get_objects() if isinstance(o, socket.socket) and o.fileno() != -1]
    return found[0]

def request():
    frame = sys._getframe()
    while "request" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["request"]["id"]

"""
LIES = {
    "says nothing that can be read": (
        "channel().send(b'x' * 1000)",
        "cannot be read (not a frame)",
    ),
    "answers out of turn": (
        "frames.send(channel(), {'id': 999}, {'0 scores': query.numpy()})",
        "it answered out of turn",
    ),
    "answers a question that is yet to come": (
        "[frames.send(channel(), {'id': request() + 1}, {'0 scores': query.numpy()})]",
        "it answered out of turn",
    ),
    "answers with a tensor of endless length": (
        "body = save({'0 scores': query.numpy()[:0, 0, 0]}).replace(b'[0]', b'[0,%d]' % 2**50); "
        "head = json.dumps({'id': request(), 'tensors': ['scores']}).encode(); "
        "channel().send(frames.PREFIX.pack(frames.MAGIC, len(head), len(body)) + head + body)",
        "cannot be read",
    ),
    "answers a call that was not made": (
        "frames.send(channel(), {'id': request()}, {'999 scores': query.numpy()})",
        "cannot be read (a tensor belongs to no call)",
    ),
    "answers without a number": ("frames.send(channel(), {}, {})", "it answered out of turn"),
    "announces more than may be sent": (
        "channel().send(frames.PREFIX.pack(frames.MAGIC, 2, 1 << 30) + b'{}')",
        "cannot be read (not a frame)",
    ),
    # what ends it then is a race between its own end and ours
    "closes its channel": ("channel().close()", "it "),
    "shuts its channel": ("channel().shutdown(socket.SHUT_RDWR)", "it "),
}
FAILURES = {
    "passed": "passed",
    "a list": ["failed"],
    "a number": 7,
    "nothing": None,
    "an object": {"failed": 1},
}


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("lie", LIES, ids=lambda name: name.replace(" ", "_"))
def test_worker_that(lie: str, hasty: Grader, make_submission: MakeSubmission) -> None:
    """It is an error of that check; the checks of other exercises go on in a new worker."""
    code, words = LIES[lie]
    work = make_submission({PRACTICE: TEXT + CHANNEL + RAW + f"{code}; return query @ key.mT"})
    report = hasty.grade(work)
    assert_costs_first(report, Outcome.ERROR, words)


def test_answer_that_comes_twice_is_not_taken_for_the_next(
    hasty: Grader, make_submission: MakeSubmission
) -> None:
    """The first is judged, and wrong; the second ends that worker, and the batch goes on."""
    code = "frames.send(channel(), {'id': request()}, {'0 scores': query.numpy()})"
    work = make_submission({PRACTICE: TEXT + CHANNEL + RAW + f"{code}; return query @ key.mT"})
    report = hasty.grade(work)
    assert report.error == ""
    first, second, *_ = report.verdicts
    assert (first.outcome, second.outcome) == (Outcome.FAILED, Outcome.ERROR)
    assert "it answered out of turn" in second.message
    assert all(v.points == v.check.points for v in report.of_exercise("01.8"))


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


@pytest.mark.parametrize("message", ["[" * 900 + "]" * 900, "None", "{'a': 1}", "7"])
def test_worker_that_claims_a_failure_without_words_has_failed_all_the_same(
    message: str, grader: Grader, make_submission: MakeSubmission
) -> None:
    """What should be a sentence may be anything, nested to the edge of what can be read."""
    code = f"""
def dumps(header, dumps=json.dumps):
    return dumps(header | {{"failure": "failed", "message": MESSAGE}} if "id" in header else header)
MESSAGE = {message if len(message) < 80 else None}
for _ in range({len(message) // 2 if len(message) > 80 else 0}):
    MESSAGE = [MESSAGE]
def raw_scores(query, key):
    frames.json.dumps = dumps
    return query @ key.mT
"""
    report = grader.grade(make_submission({PRACTICE: TEXT + CHANNEL + code}))
    assert report.error == ""
    first = report.of_exercise("01.1")[0]
    assert (first.outcome, first.points) == (Outcome.FAILED, 0)


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
        frames.send(channel(), {'id': number}, {'0 scores': query.numpy() * 0})
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
    assert_costs_first(report, Outcome.LIMIT, words)


def test_file_that_grows_too_large_is_an_error(
    grader: Grader, make_submission: MakeSubmission
) -> None:
    code = "import tempfile\n    tempfile.TemporaryFile().truncate(1 << 30)"
    report = grader.grade(make_submission({PRACTICE: TEXT + RAW + code}))
    assert_costs_only(report, ("01.1",))
    assert "File too large" in report.of_exercise("01.1")[0].message


ATTENTION = (REFERENCE / "attention.py").read_text()
FAILS_LATE = "    if query.size(-2) == 1: raise RuntimeError('one query')\n"
WRONG_BEFORE = "    if query.size(-2) == key.size(-2): query = 2 * query\n"


@pytest.mark.parametrize(
    ("lines", "outcome", "words"),
    [
        (FAILS_LATE, Outcome.ERROR, "it raised RuntimeError: one query"),
        (WRONG_BEFORE + FAILS_LATE, Outcome.FAILED, "the values of `output` are wrong"),
    ],
    ids=["right before it", "wrong before it"],
)
def test_run_that_fails_among_several(
    lines: str, outcome: Outcome, words: str, grader: Grader, make_submission: MakeSubmission
) -> None:
    """Several runs go to the worker at once; what came before the one that fails is judged first."""
    before, after = ATTENTION.split("    d_k = query.size(-1)\n")
    work = make_submission({"attention.py": f"{before}{lines}    d_k = query.size(-1)\n{after}"})
    (values,) = (v for v in grader.grade(work).verdicts if v.check.id == "01.8/values")
    assert (values.outcome, words in values.problem) == (outcome, True)
