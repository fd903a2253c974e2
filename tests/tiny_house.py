"""A course repository with one small exercise: quick to release, and a course of one's own.

It has this repository's tools and none of its content.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from .conftest import HOUSE

COURSE = """
[course]
title = "Sums"
package = "sums"

[limits]
check_seconds = 5
submission_seconds = 20
memory_mb = 1024

[[module]]
id = "01"
name = "adding"
title = "Adding"

[[module.exercise]]
id = "01.1"
title = "A weighted sum"
file = "adding.py"
symbol = "weighted_sum"
points = 3
hints = ["What is multiplied?", "What is added?", "Multiply each by its weight, then add."]
"""
REFERENCE = '''"""Sums."""

import math

from torch import Tensor


def weighted_sum(numbers: Tensor, weights: Tensor) -> Tensor:
    """The sum of ``numbers`` [n], each times its weight, divided by the root of their count: []."""
    ### BEGIN SOLUTION
    products = numbers * weights  # (n,)
    return products.sum() / math.sqrt(numbers.size(0))  # ()
    ### END SOLUTION
'''
MISTAKES = """
[[mistake]]
id = "w1"
exercise = "01.1"
title = "the weights are not used"
hint = "Which argument does your code never read?"
[[mistake.variant]]
replace = "numbers * weights"
with = "numbers"
"""
SCENARIOS = '''"""Scenarios of module 01."""


def weighted_sum(tt, numbers, weights):
    """Add once."""
    return {"sum": tt.adding.weighted_sum(numbers, weights)}
'''
CHECKS = '''"""Checks of module 01."""

from .check import check
from .compare import assert_same_runs
from .scenarios import adding as scenarios


@check("01.1", points=3)
def test_weighted_sum(learner, reference, draw):
    """The sum is weighted and scaled."""
    inputs = {"numbers": draw.floats(5), "weights": draw.floats(5)}
    assert_same_runs(learner, reference, scenarios.weighted_sum, inputs)
'''


def make_tiny_house(root: Path) -> Path:
    """Write the repository into ``root``."""
    ignore = shutil.ignore_patterns("__pycache__", "test_0*", "attention*.py", "practice*.py")
    for room in ("graders", "release", "tools", "student_template"):
        shutil.copytree(HOUSE / room, root / room, ignore=ignore)
    shutil.copy(HOUSE / "pyproject.toml", root)
    for name, text in {
        "course.toml": COURSE,
        "reference/sums/__init__.py": '"""Sums."""\n',
        "reference/sums/adding.py": REFERENCE,
        "reference/mistakes/01_adding.toml": MISTAKES,
        "assignments/01_adding/README.md": "# Adding\n",
        "graders/scenarios/adding.py": SCENARIOS,
        "graders/test_01_adding.py": CHECKS,
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
