"""Read ``course.toml``, the one list of modules, exercises, points, hints and limits.

Everything else is derived from it, so a broken manifest is refused with the file, the line and
the mend, before anything is built or graded from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from .course import Course, Exercise, Limits, Module
from .errors import CourseError
from .tables import Table, Tables

MANIFEST = "course.toml"
# the variable with the path of the manifest, where an instructor runs nbgrader
HOUSE = "COURSE_MANIFEST"
HINT_LEVELS = 3
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FILE = re.compile(r"([a-z_][a-z0-9_]*/)*[a-z_][a-z0-9_]*\.py")  # below the package
_HANDED_IN = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z]+)?")  # in the folder of a project


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
    """Turns tables into the dataclasses of a course."""

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
