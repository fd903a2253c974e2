"""The checks of an exercise in a notebook, on what its cells have defined: ``check("01.2")``.

It isolates nothing, and what it returns is for the learner to see. Grades come from
``graders.worker``.

A notebook builds on earlier parts of the package. A learner's lie beside it. Where an instructor runs
nbgrader, those beside it are not written, and the reference stands in from when this is imported, in
the first cell: a source that is right is valid.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .calls import Call, Implementation, Result, Scenario, result_of, scenario_name
from .check import Check, load_checks
from .course import Course, Module
from .errors import CourseError
from .fingerprint import fresh_seed
from .goldens import FOLDER, Goldens
from .judge import Transcript, judge, problem_of
from .manifest import HOUSE, find_course, load_course
from .outcomes import Crashed, NotStarted, Outcome
from .worker.execute import execute
from .worker.loading import Package, load_package

ANSWERS = "reference_of_the_course"  # the reference, beside the learner's package


def check(exercise: str, hidden: bool = False) -> int:
    """Run the checks of an exercise on what the notebook defines, and say what is wrong.

    Args:
        exercise: such as ``01.2``.
        hidden: with fresh inputs and the reference itself, where that is at hand; else as before.

    Returns:
        the points of the checks that hold.

    Raises:
        CourseError: there is no such exercise, or this is no notebook of the course.
    """
    course, module, checks, goldens = _facts(exercise[:2])
    mine = [one for one in checks if one.exercise == module.exercise(exercise).id]
    cells = _Cells(course, module, exercise)
    if hidden:
        return _hidden(mine, cells)
    points = 0
    for one in mine:
        verdict = judge(one, module.exercise(exercise), cells, goldens)
        points += verdict.points
        if verdict.outcome is Outcome.NOT_STARTED:
            print(verdict.message)
            return 0
        if verdict.outcome is not Outcome.PASSED:
            print(verdict.message, end="\n\n")
    print(f"{exercise}: {points} of {sum(one.points for one in mine)} points with these inputs.")
    return points


@cache
def _facts(module_id: str) -> tuple[Course, Module, list[Check], Goldens]:
    course = find_course()
    module = course.module(module_id)
    path = course.root / FOLDER / f"{module.folder}.safetensors"
    return course, module, load_checks(module), Goldens(path)


@cache
def _reference(manifest: str) -> tuple[Implementation, str]:
    course = load_course(Path(manifest))
    return _Named(course.root / "reference", course.package), fresh_seed()


def _hidden(checks: list[Check], cells: _Cells) -> int:
    manifest = os.environ.get(HOUSE)
    if not manifest:
        raise CourseError(
            f"Hidden checks need the reference: the variable {HOUSE} is to hold the path of the "
            "course's course.toml. nbgrader_config.py sets it, for commands in its folder."
        )
    reference, seed = _reference(manifest)
    problems = ((one, problem_of(one, Transcript(cells), reference, seed)) for one in checks)
    return sum(one.points for one, problem in problems if problem is None)


def _earlier_parts() -> Package | None:
    """The reference in the place of the package, which cells import then; None at a learner's."""
    manifest = os.environ.get(HOUSE)
    if not manifest:
        return None
    course = load_course(Path(manifest))
    return load_package(course.root / "reference", course.package)


@dataclass(frozen=True)
class _Named:
    """The reference, under a name that no package of a learner has."""

    root: Path
    package: str

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        call = Call(scenario_name(scenario), inputs)
        tt = load_package(self.root, self.package, ANSWERS)
        return result_of(call, execute(call.scenario, *call.packed, tt, self.root / self.package))


@dataclass(frozen=True)
class _Cells:
    """What the cells of the running notebook define, as the package that scenarios know."""

    course: Course
    module: Module
    exercise: str

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        call = Call(scenario_name(scenario), inputs)
        shell = importlib.import_module("IPython").get_ipython()
        if shell is None:
            raise CourseError("check() looks at the cells of a notebook: call it in one.")
        cells = Path(shell.compile.get_code_name("", "", 0)).parent  # where tracebacks point to
        try:
            tt: Any = _View(self.course, self.module, "", shell.user_ns)
            return result_of(call, execute(call.scenario, *call.packed, tt, cells))
        except NotStarted as stub:
            raise NotStarted(f"{self.exercise} {stub.message}") from None


class _View:
    """``tt`` in a scenario, or ``tt.practice``, or ``tt.practice.attention``."""

    def __init__(self, course: Course, module: Module, path: str, names: Mapping[str, Any]) -> None:
        self._course, self._module, self._path, self._names = course, module, path, names

    def __getattr__(self, name: str) -> Any:
        path = f"{self._path}/{name}".lstrip("/")
        if any(f"{file}/".startswith((f"{path}/", f"{path}.py/")) for file in self._module.files):
            return _View(self._course, self._module, path, self._names)
        if name in self._names:
            return self._names[name]
        if self._path:
            raise Crashed(f"no cell has defined `{name}` yet: run the cell in which you write it")
        return getattr(
            _earlier_parts() or load_package(self._course.root, self._course.package), name
        )


_earlier_parts()
