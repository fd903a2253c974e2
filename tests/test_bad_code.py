"""Code that does what it should not: costs its own exercise, and says so in words a learner reads."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from graders.grade import Grader
from graders.outcomes import Outcome
from graders.report import Report

from .conftest import REFERENCE, MakeSubmission
from .processes import Processes

CORE, PRACTICE = "attention.py", "practice/attention.py"
FAILED, ERROR, LIMIT = Outcome.FAILED, Outcome.ERROR, Outcome.LIMIT


@dataclass(frozen=True)
class Bad:
    """Something a learner's file does, what becomes of it, and words that the message must hold."""

    does: str
    code: str  # put at the end of the file
    outcome: Outcome
    words: tuple[str, ...]
    file: str = PRACTICE
    costs: tuple[str, ...] = ("01.1",)

    def __str__(self) -> str:
        return self.does.replace(" ", "_")


ATTENTION = ("01.8", "01.9")  # the layer is built on the function
RAW = "def raw_scores(query, key):\n    "
SDPA = "def scaled_dot_product_attention(query, key, value, mask=None, dropout=None):\n    "

BAD = [
    Bad("leaves with sys.exit", RAW + "import sys; sys.exit(0)", ERROR, ("sys.exit", "return")),
    Bad("leaves with os._exit", RAW + "import os; os._exit(3)", ERROR, ("exit status 3",)),
    Bad(
        "leaves with os._exit 0",
        RAW + "import os; os._exit(0)",
        ERROR,
        ("ended its process", "os._exit"),
    ),
    Bad("loops without end", RAW + "while True: pass", LIMIT, ("within 1 s", "endless loop")),
    Bad(
        "calls itself without end",
        RAW + "return raw_scores(query, key)",
        ERROR,
        ("RecursionError", "practice/attention.py, line"),
    ),
    Bad(
        "makes a tensor of 10 GB",
        RAW + "return torch.zeros(10 << 30, dtype=torch.uint8)",
        LIMIT,
        ("more memory", "practice/attention.py, line"),
    ),
    Bad(
        "returns more than fits into an answer",
        RAW + "return torch.zeros(65 << 20, dtype=torch.uint8)",
        FAILED,
        ("65 MiB", "too much"),
    ),
    Bad("returns None", RAW + "return None", FAILED, ("`scores` is None", "plain torch.Tensor")),
    Bad("returns a list", RAW + "return [1.0]", FAILED, ("`scores` is a list",)),
    Bad(
        "returns a tuple that is too long",
        SDPA + "return value, value, value",
        FAILED,
        ("a tuple of 3", "expected a tuple of 2", "output, weights"),
        CORE,
        ATTENTION,
    ),
    Bad(
        "returns one tensor where two are due",
        SDPA + "return value",
        FAILED,
        ("one tensor of shape", "expected a tuple of 2"),
        CORE,
        ATTENTION,
    ),
    Bad(
        "returns None where two are due",
        SDPA + "return None",
        FAILED,
        ("None (is a `return` missing?)",),
        CORE,
        ATTENTION,
    ),
    Bad(
        "returns no mask",
        "def create_causal_mask(seq_len, device=None):\n    pass",
        FAILED,
        ("None",),
        CORE,
        ("01.3",),
    ),
    Bad(
        "returns NaN",
        RAW + "return query @ key.mT * float('nan')",
        FAILED,
        ("`scores` holds NaN", "expected", "first at [0, 0"),
    ),
    Bad(
        "returns another dtype",
        RAW + "return (query @ key.mT).float()",
        FAILED,
        ("wrong dtype", "float32, expected float64"),
    ),
    Bad(
        "returns a dtype that none asks for",
        RAW + "return (query @ key.mT).to(torch.complex128)",
        FAILED,
        ("dtype complex128",),
    ),
    Bad(
        "returns another shape",
        RAW + "return (query @ key.mT)[..., :1]",
        FAILED,
        ("wrong shape", "has shape [4, 4, 1], expected [4, 4, 4]"),
    ),
    Bad(
        "returns a subclass of Tensor",
        "class Mine(Tensor): pass\n" + RAW + "return (query @ key.mT).as_subclass(Mine)",
        FAILED,
        ("a subclass of torch.Tensor",),
    ),
    Bad(
        "returns a tensor of no device",
        RAW + "return (query @ key.mT).to('meta')",
        FAILED,
        ("device meta", "CPU"),
    ),
    Bad(
        "returns a sparse tensor",
        RAW + "return (query @ key.mT).to_sparse()",
        FAILED,
        ("sparse", "plain"),
    ),
    Bad(
        "returns a quantised tensor",
        RAW + "return torch.quantize_per_tensor((query @ key.mT).float(), 0.1, 0, torch.qint8)",
        FAILED,
        ("dtype qint8",),
    ),
    Bad(
        "returns a nested tensor",
        RAW + "return torch.nested.nested_tensor([*(query @ key.mT)])",
        FAILED,
        ("nested tensor", "plain"),
    ),
    Bad(
        "returns a tensor that is huge but in memory",
        RAW + "return (query @ key.mT)[:1, :1, :1].expand(1 << 20, 1 << 10, 1 << 10)",
        FAILED,
        ("8388608 MiB", "too much"),
    ),
    Bad(
        "opens a connection",
        RAW + "import socket; socket.create_connection(('127.0.0.1', 9), 1)",
        ERROR,
        ("graded work may not do", "no network", "practice/attention.py, line"),
    ),
    Bad(
        "names its own folder in an error",  # whose name is another in each run
        RAW + "import os; raise ValueError(os.path.abspath('x') + ' is mine')",
        ERROR,
        ("ValueError: x is mine",),
    ),
    Bad(
        "has another signature",
        "def raw_scores(q):\n    return q",
        ERROR,
        ("cannot be called", "raw_scores() takes 1 positional argument"),
    ),
    Bad("is no function", "raw_scores = 7", ERROR, ("cannot be called", "'int'", "not callable")),
    Bad(
        "has no such symbol",
        "del raw_scores",
        ERROR,
        ("practice/attention.py defines no `raw_scores`", "found in it", "scale_scores"),
    ),
    Bad(
        "raises an error of its own",
        RAW + "raise KeyError('no such key')",
        ERROR,
        ("it raised KeyError: 'no such key'", "practice/attention.py, line", "`raise KeyError("),
    ),
    Bad(
        "asks torch for what torch does not implement",  # which is not a stub
        RAW + "return query.to('meta').cpu()",
        ERROR,
        ("NotImplementedError", "meta tensor", "practice/attention.py, line"),
    ),
    Bad(
        "raises what a stub raises",
        RAW + "raise NotImplementedError('01.1 write raw_scores')",
        Outcome.NOT_STARTED,
        ("not started", "raw_scores in practice/attention.py"),
    ),
    Bad(
        "raises an error that cannot be shown",
        "class Odd(Exception):\n    def __str__(self): raise ValueError\n" + RAW + "raise Odd",
        ERROR,
        ("Odd", "cannot be shown"),
    ),
    Bad(
        "ends its process by a signal",
        RAW + "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        ERROR,
        ("signal 11", "Segmentation fault"),
    ),
    Bad(
        "ends itself by a signal that has no name",
        RAW + "import os; os.kill(os.getpid(), 40)",
        ERROR,
        ("signal 40",),
    ),
    Bad(
        "imports a file of its own as if it lay outside",
        RAW + "import strategies",
        ERROR,
        ("ModuleNotFoundError", "`from tiny_transformer.sampling.strategies import …`"),
    ),
    Bad("stops at a breakpoint", RAW + "breakpoint()", ERROR, ("at a breakpoint()", "pytest -s")),
    Bad(
        "detaches what it returns",
        RAW + "return (query @ key.mT).detach()",
        FAILED,
        ("no gradient", "detached"),
    ),
]


STRIDES = {
    "transposed": "scores.mT.contiguous().mT",
    "overlapping": "torch.cat([scores, scores], -1).unfold(-1, scores.shape[-1], 1)[..., 0, :]",
    "every other": "scores.repeat_interleave(2, -1)[..., ::2]",
    "with a length of one that has no stride": "scores.unsqueeze(0).expand(1, *scores.shape)[0]",
    "negated by a flag": "torch._neg_view(-scores)",
}


@pytest.mark.parametrize("strides", STRIDES, ids=lambda name: name.replace(" ", "_"))
def test_right_answer_may_lie_in_memory_as_it_likes(
    strides: str, grader: Grader, make_submission: MakeSubmission
) -> None:
    text = (REFERENCE / PRACTICE).read_text() + "\nhonest = raw_scores\n"
    code = f"scores = honest(query, key)\n    return {STRIDES[strides]}"
    assert_costs_only(grader.grade(make_submission({PRACTICE: text + RAW + code})), ())


def assert_costs_only(report: Report, exercises: tuple[str, ...]) -> None:
    """All points of some exercises are lost, and none of any other."""
    assert report.error == ""
    for exercise in report.module.exercises:
        points = report.points_of(exercise.id)
        assert (exercise.id, points) == (
            exercise.id,
            0 if exercise.id in exercises else exercise.points,
        )


def assert_costs_first(report: Report, outcome: Outcome, words: str) -> None:
    """All points of 01.1 are lost, and no others; its first check has this outcome and says why."""
    assert_costs_only(report, ("01.1",))
    first = report.of_exercise("01.1")[0]
    assert first.outcome is outcome
    assert words in first.message


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_code_that(
    bad: Bad, hasty: Grader, make_submission: MakeSubmission, leaves_nothing: Processes
) -> None:
    """It costs its own exercise alone, and the message says what happened and where."""
    text = (REFERENCE / bad.file).read_text() + "\n\n" + bad.code + "\n"
    report = hasty.grade(make_submission({bad.file: text}))
    if bad.does == "detaches what it returns":  # its values are right
        verdicts = [v for v in report.verdicts if v.points == 0]
    else:
        assert_costs_only(report, bad.costs)
        verdicts = report.of_exercise(bad.costs[0])
    said = [v.message for v in verdicts if v.outcome is bad.outcome]
    assert any(all(word in message for word in bad.words) for message in said), [
        v.message for v in verdicts
    ]
    assert all(len(v.problem.splitlines()) == 1 for v in verdicts)
    if bad.outcome is LIMIT:
        assert report.outcome == "limit"
