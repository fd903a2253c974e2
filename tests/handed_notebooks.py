"""A notebook of nbgrader as a learner hands it in: the released one, with solutions and changes.

Each is the folder of the assignment.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.course import Course, Module
from graders.mistakes import load_variants
from tools.nbgrader.cells import solution_id
from tools.nbgrader.statements import statements_of

from .conftest import HOUSE, REFERENCE

Notebook = dict[str, Any]
ALL, NONE, ERROR = "all", "none", "error"  # what a hand-in deserves, or points


@dataclass(frozen=True)
class Places:
    """Where the course folder has what the class is made from."""

    root: Path  # of nbgrader's course folder
    course: Course
    module: Module

    @property
    def source(self) -> Path:
        return self.root / "source" / self.module.folder / f"{self.module.folder}.ipynb"

    @property
    def release(self) -> Path:
        return self.root / "release" / self.module.folder

    def folder(self, student: str) -> Path:
        return self.root / "submitted" / student / self.module.folder

    def notebook(self, student: str) -> Path:
        return self.folder(student) / f"{self.module.folder}.ipynb"


class Maker:
    """Hands in for learners of a course folder in which the assignment was released."""

    def __init__(self, places: Places) -> None:
        self.places, self.deserved = places, dict[str, str | int]()
        self.given: Notebook = json.loads(
            (places.release / f"{places.module.folder}.ipynb").read_text()
        )
        answers: Notebook = json.loads(places.source.read_text())
        self.answers = {
            exercise.id: cell_of(answers, solution_id(exercise.id))["source"]
            for exercise in places.module.exercises
        }

    def write(
        self,
        name: str,
        deserves: str | int,
        solutions: Mapping[str, str],
        change: Callable[[Notebook], None] = lambda _: None,
    ) -> Path:
        """Hand in a notebook with these solutions, by exercise; the rest is as it was given out."""
        self.deserved[name] = deserves
        folder = self.places.folder(name)
        shutil.copytree(self.places.release, folder)
        notebook = copy.deepcopy(self.given)
        for exercise, text in solutions.items():
            cell_of(notebook, solution_id(exercise))["source"] = text
        change(notebook)
        path = self.places.notebook(name)
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path

    def style(self, name: str) -> tuple[dict[str, str], str]:
        """Right work of another style: its solutions, and what else stands in its files."""
        solutions, others = {**self.answers}, []
        by_symbol = {e.symbol: e for e in self.places.module.exercises}
        for path in sorted((HOUSE / "tests/solutions/01_attention" / name).rglob("*.py")):
            file = path.relative_to(HOUSE / "tests/solutions/01_attention" / name).as_posix()
            for statement in statements_of(path.read_text()):
                exercise = by_symbol.get(getattr(statement.node, "name", ""))
                if exercise and exercise.file == file:
                    solutions[exercise.id] = statement.text
                else:
                    others.append(statement.text)
        return solutions, "\n".join(others)

    def mistaken(self, mistake: str) -> dict[str, str]:
        """The answers with a known mistake in them."""
        variants = load_variants(self.places.course, self.places.module)
        variant = next(v for v in variants if v.mistake.id == mistake)
        exercise = self.places.module.exercise(variant.mistake.exercise)
        names = {
            getattr(s.node, "name", ""): s.text for s in statements_of(variant.apply(REFERENCE))
        }
        helpers = names.get("_mask_scores", "") if exercise.symbol.startswith("scaled") else ""
        return {**self.answers, exercise.id: f"{names[exercise.symbol]}\n\n{helpers}"}


def number_of(notebook: Notebook, grade_id: str) -> int:
    marks = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    return next(n for n, mark in enumerate(marks) if mark.get("grade_id") == grade_id)


def cell_of(notebook: Notebook, grade_id: str) -> dict[str, Any]:
    cell: dict[str, Any] = notebook["cells"][number_of(notebook, grade_id)]
    cell["source"] = "".join(cell["source"])
    return cell


def insert(notebook: Notebook, number: int, text: str) -> None:
    """A cell that the learner added."""
    cell = {"cell_type": "code", "id": "added", "source": text, "metadata": {}, "outputs": []}
    notebook["cells"].insert(number, cell | {"execution_count": None})


def drop(notebook: Notebook, *grade_ids: str) -> None:
    for grade_id in grade_ids:
        del notebook["cells"][number_of(notebook, grade_id)]


def mark(notebook: Notebook, **marks: Any) -> None:
    for cell in notebook["cells"]:
        cell["metadata"]["nbgrader"] |= marks
