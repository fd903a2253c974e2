"""Checks: what must hold. Written as pytest tests, run by pytest at home and by the grader."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .calls import Implementation
from .course import Exercise, Module
from .errors import CourseError
from .inputs import Draw

CheckFunction = Callable[[Implementation, Implementation, Draw], None]


@dataclass(frozen=True)
class Check:
    """One thing that must hold of an exercise, and what it is worth."""

    exercise: str  # "01.2"
    name: str  # "gradients"
    points: int
    states: str  # what must hold, in a sentence
    function: CheckFunction
    double_only: bool = False  # what it shows takes the precision of float64

    @property
    def id(self) -> str:
        return f"{self.exercise}/{self.name}"


def check(
    exercise: str, points: int, double_only: bool = False
) -> Callable[[CheckFunction], CheckFunction]:
    """Make a function ``test_<name>(learner, reference, draw)`` a check of an exercise.

    Its docstring is the sentence that a learner reads. It returns when all holds and raises
    ``compare.Mismatch`` (or lets the ``RunFailure`` of a run pass) when something does not.
    ``double_only``: what it shows takes float64, so that an audit does not try it in float32.
    """

    def mark(function: CheckFunction) -> CheckFunction:
        name = function.__name__.removeprefix("test_")
        states = " ".join((function.__doc__ or "").split())
        made = Check(exercise, name, points, states, function, double_only)
        function.check = made  # type: ignore[attr-defined]
        return function

    return mark


def load_checks(module: Module) -> list[Check]:
    """All checks of a module, from ``test_<id>_*.py`` beside this file, in the manifest's order.

    Raises:
        CourseError: a check names no exercise of the module, two share a name, or the points of an
            exercise's checks do not add up to the points in the manifest.
    """
    found: dict[str, list[Check]] = {exercise.id: [] for exercise in module.exercises}
    for path in sorted(Path(__file__).parent.glob(f"test_{module.id}_*.py")):
        grader = importlib.import_module(f"{__package__}.{path.stem}")
        for value in vars(grader).values():
            made: Any = getattr(value, "check", None)
            if not isinstance(made, Check) or value.__module__ != grader.__name__:
                continue
            if made.exercise not in found:
                raise CourseError(
                    f"{path}: {value.__name__} is a check of {made.exercise}, which the manifest "
                    f"does not list. Known: {', '.join(found)}."
                )
            if any(made.name == other.name for other in found[made.exercise]):
                raise CourseError(f"{path}: there are two checks {made.id}. Rename one.")
            found[made.exercise].append(made)
    for exercise in module.exercises:
        _check_points(exercise, found[exercise.id])
    return [made for checks in found.values() for made in checks]


def _check_points(exercise: Exercise, checks: list[Check]) -> None:
    total = sum(made.points for made in checks)
    if total != exercise.points:
        raise CourseError(
            f"Exercise {exercise.id} is worth {exercise.points} points in the manifest, but its "
            f"{len(checks)} checks add up to {total}. Change one of them so that they agree."
        )
