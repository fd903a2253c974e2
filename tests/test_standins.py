"""A mistake in an early module costs nothing in a later one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .shell import course_command
from .tiny_house import make_tiny_house

SECOND = """
[[module]]
id = "02"
name = "means"
title = "Means"
builds_on = ["01"]

[[module.exercise]]
id = "02.1"
title = "A weighted mean"
file = "means.py"
symbol = "weighted_mean"
points = 2
hints = ["What is divided?", "By what?", "The sum by the count."]
"""
REFERENCE = '''"""Means."""

from torch import Tensor

from .adding import weighted_sum


def weighted_mean(numbers: Tensor, weights: Tensor) -> Tensor:
    """The ``weighted_sum`` of ``numbers`` [n] with ``weights`` [n], divided by n: []."""
    ### BEGIN SOLUTION
    return weighted_sum(numbers, weights) / numbers.size(0)  # ()
    ### END SOLUTION
'''
STANDIN = """import torch


def weighted_sum(numbers, weights):
    return torch.dot(numbers, weights) * len(numbers) ** -0.5
"""
SCENARIOS = '''"""Scenarios of module 02."""


def weighted_mean(tt, numbers, weights):
    """Take the mean once."""
    return {"mean": tt.means.weighted_mean(numbers, weights)}
'''
CHECKS = '''"""Checks of module 02."""

from .check import check
from .compare import assert_same_runs
from .scenarios import means as scenarios


@check("02.1", points=2)
def test_weighted_mean(learner, reference, draw):
    """The mean is right."""
    inputs = {"numbers": draw.floats(4), "weights": draw.floats(4)}
    assert_same_runs(learner, reference, scenarios.weighted_mean, inputs)
'''
MEAN = REFERENCE.replace("### BEGIN SOLUTION", "").replace("### END SOLUTION", "")
RIGHT = "def weighted_sum(numbers, weights):\n    return (numbers * weights).sum() / len(numbers) ** 0.5\n"
WRONG = "def weighted_sum(numbers, weights):\n    return numbers.sum()\n"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """The small course, with a second module that builds on the first."""
    root = make_tiny_house(tmp_path / "house")
    manifest = root / "course.toml"
    manifest.write_text(manifest.read_text() + SECOND)
    for name, text in {
        "reference/sums/means.py": REFERENCE,
        "reference/standins/adding.py": STANDIN,
        "graders/scenarios/means.py": SCENARIOS,
        "graders/test_02_means.py": CHECKS,
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def graded(house: Path, first: str) -> dict[str, object]:
    """The report on module 02 of a learner whose module 01 is ``first``."""
    package = house / "work" / "sums"
    package.mkdir(parents=True)
    (package / "adding.py").write_text(first)
    (package / "means.py").write_text(MEAN)
    done = course_command("grade", "02", "work", "--json", "-", folder=house)
    report: dict[str, object] = json.loads(done.out)
    return report


@pytest.mark.parametrize(
    ("first", "passed"),
    [(RIGHT, 1), (WRONG, 0), ("def weighted_sum(:", 0), ("raise NotImplementedError", 0)],
    ids=["right", "wrong", "unreadable", "not started"],
)
def test_module_is_graded_on_stand_ins_and_once_more_on_own_parts(
    house: Path, first: str, passed: int
) -> None:
    report = graded(house, first)
    assert (report["score"], report["outcome"]) == (2, "graded")
    assert report["own_parts"] == {"checks": 1, "passed": passed}


def test_without_stand_ins_there_is_nothing_to_compare(house: Path) -> None:
    (house / "reference" / "standins" / "adding.py").unlink()
    assert graded(house, RIGHT)["own_parts"] is None


def test_work_that_needs_the_learners_own_helper_is_not_marked_wrong(house: Path) -> None:
    """A stand-in lacks what a learner added to the earlier file; right work counts all the same."""
    package = house / "work" / "sums"
    package.mkdir(parents=True)
    (package / "adding.py").write_text(RIGHT + "\n\ndef helper(x):\n    return x\n")
    text = MEAN.replace("import weighted_sum", "import helper, weighted_sum")
    (package / "means.py").write_text(text)
    done = course_command("grade", "02", "work", "--json", "-", folder=house)
    report = json.loads(done.out)
    assert (report["score"], report["own_parts"]) == (2, {"checks": 1, "passed": 1})
