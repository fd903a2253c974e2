"""Read ``course.toml``, the one list of modules, exercises, points, hints and limits.

Everything else is derived from it, so a broken manifest is refused with the file, the line and
the mend, before anything is built or graded from it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from .errors import CourseError
from .tables import Table, Tables

MANIFEST = "course.toml"
# the variable with the path of the manifest, where an instructor runs nbgrader
HOUSE = "COURSE_MANIFEST"
HINT_LEVELS = 3
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FILE = re.compile(r"([a-z_][a-z0-9_]*/)*[a-z_][a-z0-9_]*\.py")  # below the package
_HANDED_IN = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z]+)?")  # in the folder of a project
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
    by_name = {module.name: module for module in modules}
    known, is_path = by_id | by_name, len(Path(module_id).parts) > 1
    if _padded(module_id) not in known and (is_path or os.path.isdir(module_id)):  # noqa: PTH112
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


def find_course(start: Path | None = None) -> Course:
    """Load the course around ``start`` (the current folder), looking upwards for its manifest."""
    folder = folder_of_course(start)
    if folder is None:
        raise CourseError(
            f"There is no {MANIFEST} in {(start or Path.cwd()).resolve()} or in any folder above "
            "it. Run this inside the course repository or inside a student copy (`cd` there first)."
        )
    return load_course(folder / MANIFEST)


def folder_of_course(start: Path | None = None) -> Path | None:
    """The nearest folder with a manifest, from ``start`` (the current folder) upwards."""
    start = (start or Path.cwd()).resolve()
    folders = (start, *start.parents)
    return next((folder for folder in folders if (folder / MANIFEST).is_file()), None)


def load_course(path: Path) -> Course:
    """Read and check a manifest. CourseError gives file, line and mend."""
    return _Reader(path).course()


class _Reader(Tables):
    """Turns tables into the dataclasses above."""

    def course(self) -> Course:
        tables = {"course": dict, "limits": dict, "module": list, "project": (list, [])}
        top = self.take(self.data, "", 0, tables)
        course = self.take(top["course"], "[course]", 0, {"title": str, "package": str})
        if not _NAME.fullmatch(course["package"]):
            problem, mend = f"package {course['package']!r}", "use lower-case words and _"
            raise self.wrong("[course]", 0, "package", problem, mend)
        limits = self.take(
            top["limits"],
            "[limits]",
            0,
            {"check_seconds": int, "submission_seconds": int, "memory_mb": int},
        )
        for key, value in limits.items():
            if value < 1:
                raise self.wrong("[limits]", 0, key, f"{key} is {value}", "give 1 or more")
        modules: list[Module] = []
        seen: dict[str, Exercise] = {}
        for number, table in enumerate(top["module"]):
            modules.append(self.module("module", number, table, modules, seen))
        projects: list[Module] = []
        seen = {}
        for number, table in enumerate(top["project"]):
            projects.append(self.module("project", number, table, [*modules, *projects], seen))
        return Course(
            self.path,
            course["title"],
            course["package"],
            Limits(**limits),
            (*modules,),
            (*projects,),
        )

    def module(
        self, kind: str, number: int, table: Table, before: list[Module], seen: dict[str, Exercise]
    ) -> Module:
        header = f"[[{kind}]]"
        fields: dict[str, Any] = {"id": str, "name": str, "title": str, "builds_on": (list, [])}
        if kind == "project":
            fields["handed_in"] = str
        else:
            fields["given"] = (list, [])
        fields["exercise"] = list
        values = self.take(table, header, number, fields)
        wrong = partial(self.wrong, header, number)
        if not re.fullmatch(r"\d\d", values["id"]):
            raise wrong("id", f"module id {values['id']!r}", 'write two digits, like "01"')
        if not _NAME.fullmatch(values["name"]):
            raise wrong("name", f"module name {values['name']!r}", "use lower-case words and _")
        if values["id"] in {module.id for module in before}:
            raise wrong("id", f"module {values['id']} is listed twice", "give each its own id")
        if values["name"] in {module.name for module in before}:
            raise wrong("name", f"there are two modules {values['name']}", "give each its own name")
        for other in values["builds_on"]:
            if other not in [module.id for module in before]:
                raise wrong("builds_on", f"module {other!r} is not listed above", "list it first")
        folder = values.setdefault("handed_in", "")
        if kind == "project" and not _NAME.fullmatch(folder):
            raise wrong("handed_in", f"handed_in {folder!r}", "use lower-case words and _")
        for file in values.setdefault("given", []):
            if not (isinstance(file, str) and _FILE.fullmatch(file)):
                raise wrong("given", f"given holds {file!r}", 'write paths like "config.py"')
        exercises = []
        for exercise_table in values.pop("exercise"):
            exercise = self.exercise(kind, exercise_table, values["id"], seen)
            seen[exercise.id] = exercise
            exercises.append(exercise)
        values["builds_on"] = (*values["builds_on"],)
        values["given"] = (*values["given"],)
        return Module(**values, exercises=(*exercises,))

    def exercise(self, kind: str, table: Table, module: str, seen: dict[str, Exercise]) -> Exercise:
        header, number = f"[[{kind}.exercise]]", len(seen)
        fields: dict[str, Any] = {"id": str, "title": str, "file": str}
        fields |= {"symbol": str} if kind == "module" else {}
        fields |= {"points": int, "hints": list, "builds_on": (list, [])}
        values = self.take(table, header, number, fields)
        wrong = partial(self.wrong, header, number)
        if not re.fullmatch(rf"{module}\.[1-9]\d?", values["id"]):
            raise wrong("id", f"exercise id {values['id']!r}", f'write "{module}.1" and so on')
        if values["id"] in seen:
            raise wrong("id", f"exercise {values['id']} is listed twice", "give each its own id")
        if kind == "module":
            self.written(values, seen, wrong)
        elif not _HANDED_IN.fullmatch(values["file"]):
            raise wrong("file", f"file {values['file']!r}", 'write a name like "report.md"')
        values.setdefault("symbol", "")
        if values["points"] < 1:
            raise wrong("points", f"points is {values['points']}", "give 1 or more")
        hints = values["hints"]
        if len(hints) != HINT_LEVELS or not all(isinstance(h, str) and h.strip() for h in hints):
            said = [h for h in hints if isinstance(h, str) and h.strip()]
            problem = f"hints: {len(said)} of {len(hints)} hold text"
            raise wrong("hints", problem, f"give {HINT_LEVELS}, from vague to plain")
        for other_id in values["builds_on"]:
            if other_id not in [*seen]:
                raise wrong(
                    "builds_on", f"exercise {other_id!r} is not listed above", "list it first"
                )
        values["hints"], values["builds_on"] = (*hints,), (*values["builds_on"],)
        return Exercise(**values)

    def written(
        self,
        values: Table,
        seen: dict[str, Exercise],
        wrong: Callable[[str, str, str], CourseError],
    ) -> None:
        """Check what an exercise says of the code to write."""
        if not _FILE.fullmatch(values["file"]):
            raise wrong("file", f"file {values['file']!r}", 'write a path like "practice/x.py"')
        if not values["symbol"].isidentifier():
            raise wrong("symbol", f"symbol {values['symbol']!r}", "name a function or class")
        for other in seen.values():
            if (other.file, other.symbol) == (values["file"], values["symbol"]):
                raise wrong("symbol", f"{other.id} has this symbol too", "one exercise a symbol")
