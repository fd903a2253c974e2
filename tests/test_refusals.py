"""Calls that must be refused, and those that must not: a learner reads which one, and what it raised."""

from __future__ import annotations

import numpy as np
import pytest

from graders.calls import SAID, Call, result_of
from graders.grade import Grader
from graders.outcomes import Outcome
from graders.scenarios import practice_attention as scenarios

from .conftest import REFERENCE, MakeSubmission

FILE = "practice/attention.py"
REFUSING = """

honest = padding_mask


class Odd(Exception):
    def __str__(self):
        raise OSError

    def __bool__(self):
        raise OSError


Loud = type("Loud\\n\\x1b[31m", (Exception,), {{}})


def padding_mask(lengths, max_len):
    {body}
    return honest(lengths, max_len)
"""
ABOVE = "a length above max_len: it "
SAID_OF = {  # what is done, and what is read of it
    "if lengths.max() > max_len: raise RuntimeError(f'too\\nlong, {object()}')": (
        ABOVE,
        "raised RuntimeError: too long, <object object> (tiny_transformer/practice/attention.py, line ",
        "), expected ValueError.",
        "call        padding_mask(lengths int64[3], max_len=",
    ),
    "if lengths.max() == max_len: raise ValueError('full')": (
        "a call with good arguments was refused: it raised ValueError: full.",
        "call        padding_mask(lengths int64[2], max_len=",
    ),
    "if lengths.max() > max_len: raise Odd": ("raised Odd: (its message cannot be shown) (tiny",),
    "if lengths.max() > max_len: raise Loud('\\x1b[2J' + 'x' * 10**6)": (
        "raised Loud \\x1b[31m: \\x1b[2Jxxx",
        "x … (tiny_transformer/",
    ),
    "if lengths.max() > max_len: raise KeyError": (f"{ABOVE}raised KeyError (tiny",),
    "if lengths.max() > max_len: return lengths": (f"{ABOVE}was accepted, expected ValueError.",),
}


def test_a_file_that_is_not_there_refuses_nothing(
    grader: Grader, make_submission: MakeSubmission
) -> None:
    """It is an error, in the words in which all other checks of its exercises say it."""
    work = make_submission({})
    for file in work.rglob("practice/attention.py"):
        file.unlink()
    report = grader.grade(work)
    told = {verdict.outcome: verdict.problem for verdict in report.of_exercise("01.11")}
    assert [*told] == [Outcome.ERROR]
    assert "there is no tiny_transformer/practice/attention.py" in told[Outcome.ERROR]


@pytest.mark.parametrize("body", SAID_OF)
def test_a_refusal_that_is_wrong_is_told(
    body: str, grader: Grader, make_submission: MakeSubmission
) -> None:
    text = (REFERENCE / FILE).read_text() + REFUSING.format(body=body)
    report = grader.grade(make_submission({FILE: text}))
    told = [v for v in report.of_exercise("01.11") if v.outcome is Outcome.FAILED]
    assert len(told) == 1, [v.message for v in report.of_exercise("01.11")]
    for words in SAID_OF[body]:
        assert words in told[0].message
    assert len(told[0].problem) < 1000
    assert "\x1b" not in told[0].message
    assert len(told[0].problem.splitlines()) == 1


def test_nothing_that_the_reference_says_is_recorded_or_compared(grader: Grader) -> None:
    """Its words are lines of a solution, and those of right work are others."""
    calls = [{"lengths": np.array([9]), "max_len": 3}, {"lengths": np.array([2]), "max_len": 3}]
    result = grader.answers.reference.run(scenarios.padding_mask_in_chosen_calls, calls=calls)
    assert SAID not in result.tensors
    assert "lengths" in result.said[0]  # they are there, apart


@pytest.mark.parametrize("words", [np.array([np.nan]), np.array([1 << 40]), np.array(True)])
def test_words_of_another_kind_are_passed_over(words: np.ndarray) -> None:
    """What keeps to nothing may send anything under their name."""
    made = {SAID: words, "refused": np.array([1])}
    result = result_of(Call("padding_mask", {}), made)
    assert (result.said, [*result.tensors]) == ((), ["refused"])
