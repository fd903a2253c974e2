"""The reports that ``course grade`` wrote, read again: a class's folder, or a file of JSON lines."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graders.check import Check, load_checks
from graders.course import Course, Module
from graders.errors import CourseError
from graders.report import Report, from_json

ABOUT = "batch.json"  # in the folder of a class's results
EXPECTED = (
    "Expected the folder of results of a class (`course grade … --out DIR`), or what "
    "`course grade … --json FILE` wrote."
)


@dataclass
class Results:
    """Reports on one module, read one at a time: those of a class may not fit into memory."""

    path: Path
    module: Module
    checks: list[Check]
    finished: bool = True  # whether the class was graded to its end
    unread: list[str] = field(default_factory=list)  # names of reports that cannot be read

    def reports(self) -> Iterator[Report]:
        """All reports, in their order; ``unread`` holds the names of the others, then.

        Raises:
            CourseError: a line of a file is no report. Nothing of a file is passed over.
        """
        if self.path.is_file():
            yield from self._lines()
            return
        store = importlib.import_module("tools.batch.store")  # a student copy has none
        kept = store.Store(self.path, self.module, self.checks)
        yield from (report for _, report in kept.reports())
        self.unread[:] = kept.unread

    def say_gaps(self) -> int:
        """Say on standard error what is missing, after ``reports``. Returns the exit code, 0 or 1."""
        if self.unread:
            print(
                f"left out: {len(self.unread)} reports in {self.path} that this course cannot read "
                f"(an older one has written them): {', '.join(self.unread)}",
                file=sys.stderr,
            )
        if not self.finished and any(self.path.glob("regraded/*.json")):
            print(
                f"{self.path}: a --regrade was not accepted, so this is what counted before it. To "
                "accept it: the same command, with --yes.",
                file=sys.stderr,
            )
        elif not self.finished:
            print(
                f"{self.path}: grading was stopped before its end, so reports may be missing. The "
                "same `course grade` command goes on with it.",
                file=sys.stderr,
            )
        return int(bool(self.unread) or not self.finished)

    def _lines(self) -> Iterator[Report]:
        for number, told in _objects(self.path):
            try:
                yield from_json(told, self.module, self.checks)
            except (KeyError, TypeError, ValueError, AttributeError):
                raise CourseError(
                    f"{self.path}, line {number}: no report on module {self.module.id} of this "
                    f"course. Grade again with this course, and export the new reports. {EXPECTED}"
                ) from None


def read_results(course: Course, path: Path) -> Results:
    """Open a folder of results or a file of JSON lines; its reports are read when asked for.

    Raises:
        CourseError: there is nothing, or something else.
    """
    try:
        about = _folder(path) if path.is_dir() else next((told for _, told in _objects(path)), {})
    except OSError as error:
        raise CourseError(f"{path} cannot be read ({error.strerror}). {EXPECTED}") from None
    if not isinstance(about.get("module"), str):
        raise CourseError(f"{path} holds no reports. {EXPECTED}")
    module = course.graded(about["module"])
    finished = path.is_file() or about.get("finished") is True
    results = Results(path, module, load_checks(module), finished)
    if next(results.reports(), None) is None:
        raise CourseError(
            f"{path} holds no report on module {module.id} that this course can read. Grade with "
            f"this course first: course grade {module.id} SUBMISSIONS --out {path}"
        )
    return results


def _folder(path: Path) -> dict[str, Any]:
    """What ``batch.json`` says. CourseError where there is none."""
    try:
        about = json.loads((path / ABOUT).read_bytes())
    except FileNotFoundError:
        inside = sorted(found.parent.name for found in path.glob(f"*/{ABOUT}"))
        mend = f"In it there is: {', '.join(inside)}; name one of them." if inside else EXPECTED
        raise CourseError(f"There is no {ABOUT} in {path}. {mend}") from None
    except ValueError:
        about = {}
    return about if isinstance(about, dict) else {}


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a file, one a line, with the numbers of their lines."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                told = json.loads(line)
            except ValueError:
                told = None
            if not isinstance(told, dict):
                raise CourseError(f"{path}, line {number}: no JSON object. {EXPECTED}")
            yield number, told
