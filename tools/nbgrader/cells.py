"""The pieces of a reference file: what is given, and one piece of code for each exercise.

A notebook has a cell for each exercise, in the order of the exercises. A file of the package is the
reference file with each exercise's function or class replaced by the text of its cell.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from graders.course import Course, Exercise, Module
from release.regions import BEGIN, END, error, find_regions, first_line, last_line, parse

STUB = 'raise NotImplementedError("write this")'  # nbgrader puts it in place of a solution


def solution_id(exercise: str) -> str:
    """The ``grade_id`` of the cell in which an exercise is solved."""
    return f"solution-{exercise.replace('.', '-')}"


def points_id(exercise: str) -> str:
    """The ``grade_id`` of the cell that holds the points of an exercise."""
    return f"test-{exercise.replace('.', '-')}"


@dataclass(frozen=True)
class Piece:
    """Lines of a reference file: those of an exercise, or given ones."""

    exercise: Exercise | None
    text: str  # of an exercise: with its solution, between markers; its own helpers are in it
    name: str = ""  # of a given function or class; "" is the head of the file, with its imports


@cache
def pieces_of(course: Course, module: Module, file: str) -> tuple[Piece, ...]:
    """A file of the reference in pieces, in its order. Given code that nothing names is one piece.

    Raises:
        CourseError: a solution region cannot be part of a cell.
    """
    path = f"reference/{course.package}/{file}"
    source = (course.root / path).read_text(encoding="utf-8")
    exercises = {e.symbol: e for e in module.exercises if e.file == file}
    lines, tree = source.splitlines(), parse(source, path)
    regions = find_regions(source, path)
    helpers = [region for region in regions if not region.scopes]
    found: list[Piece] = []
    waiting: list[str] = []  # helpers that stand before the first exercise
    begin = 0  # of what is not in a piece yet, from 0
    for node in tree.body:
        region = next((r for r in helpers if first_line(node) in r), None)
        name = getattr(node, "name", "")
        if region is None and name not in exercises:
            if name:  # a given function or class, with the comments above it
                found.append(Piece(None, _text(lines[begin : last_line(node)]), name))
            elif found and not found[-1].exercise and not found[-1].name:
                more = _text(lines[begin : last_line(node)])
                found[-1] = Piece(None, f"{found[-1].text}\n{more}")
            else:
                found.append(Piece(None, _text(lines[begin : last_line(node)])))
            begin = last_line(node)
        elif region is None:
            end = max([last_line(node), *(r.end for r in regions if r.symbol == name)])
            text = _text(lines[begin:end])
            found.append(Piece(exercises[name], _with_helpers(text, waiting, path)))
            waiting, begin = [], end
        elif region.end > begin:  # all of it at once
            helper = "\n".join(lines[region.begin : region.end - 1]).strip("\n")
            last = found[-1] if found else None
            if last and last.exercise:
                found[-1] = Piece(last.exercise, _with_helpers(last.text, [helper], path))
            else:
                waiting.append(helper)
            begin = region.end
    return tuple(
        Piece(p.exercise, _merged(p.text, path) if p.exercise else p.text, p.name) for p in found
    )


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip("\n")


def _with_helpers(text: str, helpers: Sequence[str], path: str) -> str:
    """Helpers of an exercise after its function or class, in regions of their own."""
    return "\n\n\n".join([text, *(f"{BEGIN}\n{helper}\n{END}" for helper in helpers)])


def _merged(text: str, path: str) -> str:
    """Regions with nothing between them as one: a stub belongs into a function, and only there.

    nbgrader puts a stub in place of each region, also where one holds helpers of a file or methods
    of a class. Together with the region above it, such a region has no stub of its own.
    """
    text = re.sub(rf"[ ]*{END}\n(\s*\n)*[ ]*{BEGIN}\n", "\n\n", text)
    for node in ast.walk(parse(cleared(text), path)):
        loose = isinstance(node, ast.Module | ast.ClassDef) and any(
            isinstance(statement, ast.Raise) for statement in node.body
        )
        if loose:
            wrong = "a solution region of a file or class stands alone, and its stub would be run"
            mend = "put it right after the solution region of a function"
            raise error(path, 1, wrong, mend)
    return text


def cleared(text: str) -> str:
    """What nbgrader makes of a cell with solutions: what learners start from."""
    lines: list[str] = []
    inside = False
    for line in text.split("\n"):
        if BEGIN in line:
            inside = True
            lines.append(line[: len(line) - len(line.lstrip())] + STUB)
        elif END in line:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)
