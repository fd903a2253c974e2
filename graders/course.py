"""A course as its manifest states it: modules, exercises, points and limits; and how one is named.

``manifest.py`` makes these objects of ``course.toml``, and checks them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from .errors import CourseError

Item = TypeVar("Item")


@dataclass(frozen=True)
class Exercise:
    """One gap that a learner fills: a function or class in one file of the package.

    Of a project: a part of what is handed in, without a symbol.
    """

    id: str  # "01.2"
    title: str
    file: str  # below the package, with forward slashes: "practice/attention.py"
    symbol: str  # "scale_scores"
    points: int
    hints: tuple[str, ...]  # three levels, from a nudge to nearly the answer
    builds_on: tuple[str, ...] = ()  # exercises to do first


@dataclass(frozen=True)
class Module:
    """One unit of the course, ``01`` to ``09``: code to write or, of a project, files to hand in."""

    id: str  # "01"
    name: str  # "attention": names its folder in assignments/ and its files in graders/
    title: str
    exercises: tuple[Exercise, ...]
    builds_on: tuple[str, ...] = ()  # modules to do first
    given: tuple[str, ...] = ()  # files of the package that learners get as they are
    handed_in: str = ""  # of a project: the folder that learners hand in, beside the package

    @property
    def folder(self) -> str:
        """Name of the module's folder and of its files: ``01_attention``."""
        return f"{self.id}_{self.name}"

    @property
    def points(self) -> int:
        return sum(exercise.points for exercise in self.exercises)

    @property
    def needs(self) -> set[str]:
        """The modules that this one or one of its exercises builds on."""
        before = {other[:2] for exercise in self.exercises for other in exercise.builds_on}
        return {*self.builds_on, *before} - {self.id}

    @property
    def files(self) -> tuple[str, ...]:
        """The files a learner works in, below the package, in the order of the exercises."""
        return tuple(dict.fromkeys(exercise.file for exercise in self.exercises))

    def exercise(self, exercise_id: str) -> Exercise:
        number, dot, rest = exercise_id.partition(".")
        wanted = f"{_padded(number)}{dot}{rest}"
        return _pick(wanted, {e.id: e for e in self.exercises}, "exercise")


@dataclass(frozen=True)
class Limits:
    """What one check, and one submission, may use."""

    check_seconds: int
    submission_seconds: int
    memory_mb: int


@dataclass(frozen=True)
class Course:
    """A whole course, as its manifest states it."""

    path: Path
    title: str
    package: str  # the package that learners write: "tiny_transformer"
    limits: Limits
    modules: tuple[Module, ...]  # those in which code is written
    projects: tuple[Module, ...] = ()  # those of which files are judged, and nothing is run

    @property
    def root(self) -> Path:
        return self.path.parent

    @property
    def graded_modules(self) -> tuple[Module, ...]:
        """All that points are given for: modules, then projects."""
        return (*self.modules, *self.projects)

    def module(self, module_id: str) -> Module:
        """The module of code called ``module_id``; CourseError names the nearest one otherwise."""
        wanted = _padded(module_id)
        if any(wanted in (project.id, project.name) for project in self.projects):
            raise CourseError(
                f"{wanted} is a project: there is no code to write in it, and it comes along with "
                f"the modules that it builds on. It is judged by: course grade {wanted}"
            )
        self._refuse_without_exercises(wanted)
        return _module_in(self.modules, module_id, self._later)

    @property
    def _later(self) -> str:
        """Where a module is that a student copy has not."""
        copy = (self.root / ".course").is_dir()
        return " Later ones come with a new release: course update --from NEW.zip" if copy else ""

    def _refuse_without_exercises(self, wanted: str) -> None:
        """A module that is only read has a folder of texts and no place in the manifest."""
        number = wanted.partition(".")[0]
        known = any(module.id == number for module in self.graded_modules)
        pages = self.root.glob(f"assignments/{number}_*/README.md") if number.isdecimal() else ()
        if not known and (page := next(iter(pages), None)):
            raise CourseError(
                f"{number} has no exercises, and no points: it comes along with every student copy. "
                f"Read {page.relative_to(self.root).as_posix()}."
            )

    def graded(self, module_id: str) -> Module:
        """The module or project called ``module_id``; CourseError names the nearest one otherwise."""
        self._refuse_without_exercises(_padded(module_id.partition(".")[0]))
        return _module_in(self.graded_modules, module_id, self._later)

    def projects_after(self, modules: Iterable[Module]) -> list[Module]:
        """The projects that build on these modules only."""
        there = {module.id for module in modules}
        return [project for project in self.projects if project.needs <= there]

    def before(self, module: Module) -> list[Module]:
        """The modules that ``module`` builds on, and those that they build on, in order."""
        wanted = module.needs
        for other in reversed(self.modules):
            if other.id in wanted:
                wanted |= other.needs
        return [other for other in self.modules if other.id in wanted]

    def module_of(self, exercise_id: str) -> Module:
        """The module or project that holds an exercise such as ``01.2``."""
        module = self.graded(exercise_id.partition(".")[0])
        if "." not in exercise_id:
            raise CourseError(
                f"{exercise_id} is a module. Name one of its exercises: "
                f"{', '.join(exercise.id for exercise in module.exercises)}."
            )
        module.exercise(exercise_id)
        return module

    def exercise(self, exercise_id: str) -> Exercise:
        """An exercise such as ``01.2``; CourseError names the nearest one if there is none."""
        return self.module_of(exercise_id).exercise(exercise_id)


def _module_in(modules: Sequence[Module], module_id: str, later: str) -> Module:
    by_id = {module.id: module for module in modules}
    number = _padded(module_id.partition(".")[0])
    if number in by_id and "." in module_id:
        raise CourseError(
            f"{module_id} is an exercise. Name its module here: {number}. "
            f"The checks of one exercise alone: pytest -k {module_id}"
        )
    known = by_id | {module.name: module for module in modules}
    is_path = len(Path(module_id).parts) > 1 or os.path.isdir(module_id)  # noqa: PTH112 -- of a long name, too
    if is_path and _padded(module_id) not in known:
        raise CourseError(
            f"{module_id} is a path. Name a module here, and paths after it. "
            f"Known: {', '.join(by_id)}.{later}"
        )
    return _pick(_padded(module_id), known, "module", later)


def _padded(number: str) -> str:
    """``03`` for ``3``, as it is written in the manifest."""
    return number.zfill(2) if number.isdecimal() else number


def _pick(wanted: str, known: dict[str, Item], kind: str, more: str = "") -> Item:
    if wanted in known:
        return known[wanted]
    near = get_close_matches(wanted, known, n=1, cutoff=0.3)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise CourseError(f"There is no {kind} {wanted}.{guess} Known: {', '.join(known)}.{more}")
