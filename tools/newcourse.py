"""A course of one's own: this course's frame, and one small module that releases, grades and audits."""

from __future__ import annotations

import re
from pathlib import Path

from graders.course import Course
from graders.errors import CourseError
from graders.staging import replace_files
from release.frame import HOUSE_ONLY, folder_files, frame_files

COPIED = ("release", "student_template")
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
STYLES = {
    "dot": "return torch.dot(numbers, weights) / len(numbers) ** 0.5",
    "loop": "return sum(n * w for n, w in zip(numbers, weights)) / len(numbers) ** 0.5",
    "mean": "return (numbers * weights).mean() * len(numbers) ** 0.5",
    "einsum": "return torch.einsum('n,n->', numbers, weights) / len(numbers) ** 0.5",
}
README = """# Sums

A course of one module with one exercise, and all that is needed to release, grade and audit it.

```sh
python3 -m venv .venv
. .venv/bin/activate                # Windows: .venv\\Scripts\\activate
pip install -e .
course release --out build/copy     # a student copy, proved to hold no answer
course grade 01 reference           # the reference has all points
course audit 01                     # the checks see each mistake and each mutant
```

| to change | look in |
|---|---|
| modules, exercises, points, hints | `course.toml` |
| the answers, what learners write between `### BEGIN SOLUTION` and `### END SOLUTION` | `reference/sums/` |
| known mistakes | `reference/mistakes/` |
| what is run | `graders/scenarios/` |
| what must hold | `graders/test_01_adding.py` |
| what learners read | `assignments/` |
| the look of a student copy and of its stubs | `student_template/` |
| right solutions in other styles | `tests/solutions/` |
"""
FILES = {
    "README.md": README,
    ".gitignore": ".venv/\nbuild/\n__pycache__/\n*.egg-info/\n",
    "course.toml": COURSE.lstrip(),
    "reference/sums/__init__.py": '"""Sums."""\n',
    "reference/sums/adding.py": REFERENCE,
    "reference/mistakes/01_adding.toml": MISTAKES.lstrip(),
    "assignments/01_adding/README.md": "# Adding\n",
    "graders/scenarios/adding.py": SCENARIOS,
    "graders/test_01_adding.py": CHECKS,
    **{
        f"tests/solutions/01_adding/{name}/adding.py": (
            f"import torch\n\n\ndef weighted_sum(numbers, weights):\n    {line}\n"
        )
        for name, line in STYLES.items()
    },
}


def make_course(house: Course, out: Path) -> None:
    """Write a small course into the folder ``out``.

    Args:
        house: the course whose frame it gets: graders, tools, release tool and templates.

    Raises:
        CourseError: something is in ``out``, or it cannot be written. Then all is as before.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise CourseError(f"{out} is there already, and not empty. Choose a new folder.")
    files: dict[str, bytes | None] = {
        path: file.read_bytes() for path, file in _frame(house).items()
    }
    project = (house.root / "pyproject.toml").read_text(encoding="utf-8")
    files["pyproject.toml"] = _own_project(project).encode()
    files |= {path: text.encode() for path, text in FILES.items()}
    try:
        out.mkdir(parents=True, exist_ok=True)
        replace_files(out, files)
    except OSError as error:
        raise CourseError(
            f"{out} cannot be written ({error.strerror}). Choose another folder and run again."
        ) from None


def _frame(house: Course) -> dict[str, Path]:
    """All of graders, tools, release tool and templates that is of no module."""
    own = folder_files(house.root, "tools")
    frame = {path: file for path, file in own.items() if path.startswith(HOUSE_ONLY)}
    for folder in COPIED:
        frame |= folder_files(house.root, folder)
    return frame | frame_files(house, [])


def _own_project(text: str) -> str:
    """A pyproject.toml with a name and a description of its own."""
    text = re.sub(r'^name = ".*"', 'name = "sums-course"', text, count=1, flags=re.MULTILINE)
    return re.sub(
        r'^description = ".*"', 'description = "A course."', text, count=1, flags=re.MULTILINE
    )
