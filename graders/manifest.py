"""Read ``course.toml``, the one list of modules, exercises, points, hints and limits.

Everything else is derived from it, so a broken manifest is refused with the file, the line and
the mend, before anything is built or graded from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from .errors import CourseError
from .toml import tomllib

MANIFEST = "course.toml"
HOUSE = (
    "COURSE_MANIFEST"  # variable with the path of the manifest, where an instructor runs nbgrader
)
HINT_LEVELS = 3
KINDS = {int: "an integer", str: "a text", list: "a list", dict: "a table"}
Table = dict[str, Any]
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

    def module(self, module_id: str) -> Module:
        """The module of code called ``module_id``; CourseError names the nearest one otherwise."""
        wanted = _padded(module_id)
        if any(wanted in (project.id, project.name) for project in self.projects):
            raise CourseError(
                f"{wanted} is a project: there is no code to write in it, and it comes along with "
                f"the modules that it builds on. It is judged by: course grade {wanted}"
            )
        return _module_in(self.modules, module_id)

    def graded(self, module_id: str) -> Module:
        """The module or project called ``module_id``; CourseError names the nearest one otherwise."""
        return _module_in([*self.modules, *self.projects], module_id)

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


def _module_in(modules: Sequence[Module], module_id: str) -> Module:
    by_id = {module.id: module for module in modules}
    number = _padded(module_id.partition(".")[0])
    if number in by_id and "." in module_id:
        raise CourseError(
            f"{module_id} is an exercise. Name its module here: {number}. "
            f"The checks of one exercise alone: pytest -k {module_id}"
        )
    by_name = {module.name: module for module in modules}
    return _pick(_padded(module_id), by_id | by_name, "module")


def _padded(number: str) -> str:
    """``03`` for ``3``, as it is written in the manifest."""
    return number.zfill(2) if number.isdecimal() else number


def _pick(wanted: str, known: dict[str, Item], kind: str) -> Item:
    if wanted in known:
        return known[wanted]
    near = get_close_matches(wanted, known, n=1, cutoff=0.3)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise CourseError(f"There is no {kind} {wanted}.{guess} Known: {', '.join(known)}.")


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


class _Reader:
    """Turns TOML tables into the dataclasses above and knows on which line each table stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(f"{path}: cannot be read as UTF-8 text ({error}).") from None
        try:
            self.data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found[1]) if found else len(self.text.splitlines())
            raise self.error(line, f"this is not valid TOML: {error}", "mend this line") from None

    def error(self, line: int, wrong: str, mend: str) -> CourseError:
        return CourseError(f"{self.path}, line {line}: {wrong}. To mend it: {mend}.")

    def line_of(self, header: str, index: int = 0, key: str = "") -> int:
        """Line of the ``index``-th table with this header, or of ``key`` inside that table."""
        lines = self.text.splitlines()
        if not header:  # the top of the file: its "keys" are the tables
            tables = [n for n, t in enumerate(lines) if re.match(rf"\[*{re.escape(key)}\b", t)]
            return tables[0] + 1 if tables else 1
        starts = [n for n, text in enumerate(lines) if text.split("#")[0].strip() == header]
        if index >= len(starts):
            return 1
        start = starts[index]
        if key:
            for n in range(start + 1, len(lines)):
                if lines[n].startswith("["):
                    break
                if re.match(rf"\s*{re.escape(key)}\s*=", lines[n]):
                    return n + 1
        return start + 1

    def take(self, table: Table, header: str, index: int, fields: dict[str, Any]) -> Table:
        """Check one table against ``fields`` (key -> type, or (type, default))."""
        if not isinstance(table, dict):
            inner = header.strip("[]").rpartition(".")  # "module" or, below one, "exercise"
            line = self.line_of(f"[[{inner[0]}]]" if inner[0] else "", 0, inner[2])
            wrong = f"{inner[2]} holds {table!r}, a {type(table).__name__}"
            raise self.error(line, wrong, f"write a table {header} for each")
        for key in table:
            if key not in fields:
                near = get_close_matches(key, fields, n=1)
                mend = f"write {near[0]}" if near else f"remove it; known: {', '.join(fields)}"
                raise self.error(self.line_of(header, index, key), f"unknown key {key!r}", mend)
        values: Table = {}
        for key, kind in fields.items():
            kind, *default = kind if isinstance(kind, tuple) else (kind,)
            if key not in table:
                if not default and not header:
                    name = f"[[{key}]]" if kind is list else f"[{key}]"
                    raise self.error(1, f"there is no {name}", f"add a table {name}")
                if not default:
                    line = self.line_of(header, index)
                    raise self.error(line, f"{header} has no {key!r}", f"add `{key} = …` below it")
                values[key] = default[0]
                continue
            value = table[key]
            if not isinstance(value, kind) or isinstance(value, bool):
                raise self.error(
                    self.line_of(header, index, key),
                    f"{key} is {value!r}, a {type(value).__name__}",
                    f"give {KINDS[kind]}",
                )
            values[key] = value
        return values

    def course(self) -> Course:
        tables = {"course": dict, "limits": dict, "module": list, "project": (list, [])}
        top = self.take(self.data, "", 0, tables)
        course = self.take(top["course"], "[course]", 0, {"title": str, "package": str})
        if not re.fullmatch(r"[a-z][a-z0-9_]*", course["package"]):
            line = self.line_of("[course]", 0, "package")
            raise self.error(line, f"package {course['package']!r}", "use lower-case words and _")
        limits = self.take(
            top["limits"],
            "[limits]",
            0,
            {"check_seconds": int, "submission_seconds": int, "memory_mb": int},
        )
        for key, value in limits.items():
            if value < 1:
                raise self.error(
                    self.line_of("[limits]", 0, key), f"{key} is {value}", "give 1 or more"
                )
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

        def wrong(key: str, problem: str, mend: str) -> CourseError:
            return self.error(self.line_of(header, number, key), problem, mend)

        if not re.fullmatch(r"\d\d", values["id"]):
            raise wrong("id", f"module id {values['id']!r}", 'write two digits, like "01"')
        if not re.fullmatch(r"[a-z][a-z0-9_]*", values["name"]):
            raise wrong("name", f"module name {values['name']!r}", "use lower-case words and _")
        if values["id"] in {module.id for module in before}:
            raise wrong("id", f"module {values['id']} is listed twice", "give each its own id")
        if values["name"] in {module.name for module in before}:
            raise wrong("name", f"there are two modules {values['name']}", "give each its own name")
        for other in values["builds_on"]:
            if other not in [module.id for module in before]:
                raise wrong("builds_on", f"module {other!r} is not listed above", "list it first")
        folder = values.setdefault("handed_in", "")
        if kind == "project" and not re.fullmatch(r"[a-z][a-z0-9_]*", folder):
            raise wrong("handed_in", f"handed_in {folder!r}", "use lower-case words and _")
        for file in values.setdefault("given", []):
            if not (isinstance(file, str) and _FILE.fullmatch(file)):
                raise wrong("given", f"given holds {file!r}", 'write paths like "config.py"')
        exercises = []
        for exercise_table in values.pop("exercise"):
            exercise = self.exercise(kind, len(seen), exercise_table, values["id"], seen)
            seen[exercise.id] = exercise
            exercises.append(exercise)
        values["builds_on"] = (*values["builds_on"],)
        values["given"] = (*values["given"],)
        return Module(**values, exercises=(*exercises,))

    def exercise(
        self, kind: str, number: int, table: Table, module: str, seen: dict[str, Exercise]
    ) -> Exercise:
        header = f"[[{kind}.exercise]]"
        fields: dict[str, Any] = {"id": str, "title": str, "file": str}
        fields |= {"symbol": str} if kind == "module" else {}
        fields |= {"points": int, "hints": list, "builds_on": (list, [])}
        values = self.take(table, header, number, fields)

        def wrong(key: str, problem: str, mend: str) -> CourseError:
            return self.error(self.line_of(header, number, key), problem, mend)

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
