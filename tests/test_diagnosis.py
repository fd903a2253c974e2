"""Known mistakes are named by their numbers: all that match, and none that does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from graders.answers import Answers
from graders.calls import Call, Implementation, Result
from graders.check import Check
from graders.compare import require
from graders.course import Exercise
from graders.judge import MOST_KEPT, Decided, Transcript, Verdict, decide, name_mistakes
from graders.mistakes import Mistake
from graders.outcomes import Outcome

from .shell import course_command
from .tiny_house import make_tiny_house

MORE = """
[[mistake]]
id = "w2"
exercise = "01.1"
title = "all weights are taken for 1"
hint = "What do your weights add up to?"
[[mistake.variant]]
replace = "numbers * weights"
with = "numbers * 1"

[[mistake]]
id = "w3"
exercise = "01.1"
title = "the sum is not scaled, or is scaled twice"
hint = "What is it divided by?"
[[mistake.variant]]
replace = " / math.sqrt(numbers.size(0))"
with = ""
[[mistake.variant]]
replace = "math.sqrt(numbers.size(0))"
with = "numbers.size(0)"

[[mistake]]
id = "w4"
exercise = "01.1"
title = "the numbers are no tensor"
hint = "What has a sum?"
[[mistake.variant]]
replace = "products.sum()"
with = "products.total()"
"""
WORKS = {  # what is returned, and the mistakes that are named
    "two_match": ("numbers.sum() * 5**-0.5", ["w1", "w2"]),
    "one_variant_of_one": ("numbers @ weights", ["w3"]),
    "another_variant_of_it": ("numbers @ weights / 5", ["w3"]),
    "none_matches": ("(numbers + weights).sum()", []),
    "the_same_error_and_no_numbers": ("numbers.total()", []),
    "right": ("numbers @ weights * 5**-0.5", []),
}


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The mistakes that are named in each of these works, all of one batch."""
    house = make_tiny_house(tmp_path_factory.mktemp("diagnosis") / "house")
    with (house / "reference" / "mistakes" / "01_adding.toml").open("a") as file:
        file.write(MORE)
    for name, (formula, _) in WORKS.items():
        work = house / name / "sums" / "adding.py"
        work.parent.mkdir(parents=True)
        work.write_text(f"def weighted_sum(numbers, weights):\n    return {formula}\n")
    level = ("--require-sandbox", "D")  # the works are our own
    done = course_command("grade", "01", *WORKS, "--json", "-", *level, folder=house)
    reports = [json.loads(line) for line in done.out.splitlines()]
    return {
        Path(report["submission"]).name: [
            mistake["id"] for check in report["checks"] for mistake in check["diagnosis"]
        ]
        for report in reports
    }


@pytest.mark.parametrize("work", WORKS)
def test_mistakes_that_are_named(work: str, named: dict[str, list[str]]) -> None:
    assert named[work] == WORKS[work][1]


@dataclass
class Formula:
    """An implementation that gives a number for a number."""

    of: Callable[[float], Any]

    def run(self, scenario: object, **inputs: Any) -> Result:
        return Result(Call("numbers.one", inputs), {"y": np.array(self.of(inputs["x"]))})


def one(*_: Any) -> Any:
    """Stands for a scenario, and for a check."""


EXERCISE = Exercise("01.1", "Numbers", "numbers.py", "one", 3, ())
FORMULAS: dict[str, Callable[[float], float]] = {
    "zero": lambda x: 0.0,
    "double": lambda x: 2 * x,
    "square": lambda x: x * x,
}


@pytest.mark.parametrize(
    ("gave", "names"),
    [
        ({2.0: 4.0, 3.0: 9.0}, ["square", "square"]),
        ({3.0: 9.0, 2.0: 4.0}, ["square", "square"]),
        ({2.0: 4.0, 3.0: 0.0}, ["double square", "zero"]),  # no one mistake explains both
        ({2.0: 4.0, 3.0: 5.0}, ["double square", ""]),
        ({2.0: 5.0, 3.0: 9.0, 4.0: 16.0}, ["", "square", "square"]),
        ({2.0: 5.0, 3.0: 7.0}, ["", ""]),
    ],
)
def test_one_mistake_that_explains_all_checks_rules_out_others(
    gave: dict[float, float], names: list[str]
) -> None:
    mistakes = [(Mistake(name, "01.1", name, ""), Formula(of)) for name, of in FORMULAS.items()]
    answers = SimpleNamespace(mistakes=lambda exercise: mistakes)
    learner = Formula(gave.__getitem__)
    decided: list[Decided] = []
    for x in gave:
        transcript = Transcript(learner)
        transcript.run(one, x=x)
        verdict = Verdict(Check("01.1", f"at {x}", 1, "", one), Outcome.FAILED, "wrong")
        decided.append((verdict, transcript.runs))
    verdicts = name_mistakes(EXERCISE, decided, cast(Answers, answers))
    assert [" ".join(m.id for m in verdict.diagnosis) for verdict in verdicts] == names


@pytest.mark.parametrize(("numbers", "kept"), [(100, 1), (MOST_KEPT // 8 + 1, 0)])
def test_what_no_known_mistake_gives_is_not_kept_until_all_checks_are_over(
    numbers: int, kept: int
) -> None:
    """Else a submission could fill the memory of the process that decides."""

    def never_holds(learner: Implementation, *_: object) -> None:
        require(False, "the numbers are wrong", learner.run(one, x=0.0))

    check = Check("01.1", "heavy", 1, "", never_holds)
    answers = cast(Answers, SimpleNamespace(reference=None, seed="x"))
    learner = Formula(lambda x: np.zeros(numbers))
    verdict, runs = decide(check, EXERCISE, learner, answers)
    assert (verdict.outcome, len(runs)) == (Outcome.FAILED, kept)
