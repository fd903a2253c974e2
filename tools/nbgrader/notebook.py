"""Read a notebook that somebody handed in: whatever it is, it is data."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.course import Course, Module
from graders.errors import CourseError

from .assemble import Cells
from .cells import points_id, solution_id
from .statements import Unreadable, statements_of

LARGEST = 64 << 20  # bytes; outputs, which nobody looks at, may take most of them
MOST_MARKS = 5_000_000  # in what may be so large: each begins or ends what takes memory of its own
MOST_CELLS = 2_000
MOST_TEXT = 1_000_000  # characters of all cells
PICTURE = re.compile(r"image/[a-z0-9.+-]+")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
CODE, MARKDOWN, RAW = KINDS = ("code", "markdown", "raw")
GIVEN = "code-"  # begins the grade_id of cells with given code


@dataclass(frozen=True)
class Cell:
    """What counts of one cell. What its metadata say beside its ``grade_id`` does not."""

    kind: str
    source: str
    grade_id: str = ""
    attachments: Mapping[str, Any] | None = None  # pictures in a written answer


def read_notebook(path: Path) -> list[Cell]:
    """The cells of a notebook.

    Raises:
        CourseError: it is no notebook, or not one that Jupyter has written lately.
    """
    try:
        if path.is_symlink():
            raise _unreadable(
                path.name, "is a link, and links are not followed", "Put the file there"
            )
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be read for ever
            raise _unreadable(path.name, "is no file", "Put the notebook there")
        if found.st_size > LARGEST:
            raise too_large(path.name, found.st_size)
        content = path.read_bytes()
    except OSError as error:
        told = f"cannot be read ({error.strerror})"
        raise _unreadable(path.name, told, "Give the permission to read it") from None
    return parse_notebook(path.name, content)


def parse_notebook(name: str, content: bytes) -> list[Cell]:
    """The cells of a notebook, from what stands in its file.

    Raises:
        CourseError: it is no notebook, or not one that Jupyter has written lately.
    """
    try:
        text = content.decode("utf-8-sig")
        if sum(map(text.count, '"[{')) > MOST_MARKS:
            told = f"holds more than {MOST_MARKS:,} quotes and brackets"
            raise _unreadable(name, told, "Clear all outputs, save it")
        data = json.loads(text)
    except UnicodeDecodeError as error:
        told = f"is not UTF-8 text (byte {error.start})"
        raise _unreadable(name, told, "Open it in Jupyter, and save it") from None
    except (ValueError, RecursionError) as error:
        told = f"is not JSON, as notebooks are ({error})"
        raise _unreadable(name, told, "Restore it from a checkpoint of Jupyter") from None
    cells = [_cell(name, number, cell) for number, cell in enumerate(_cells(name, data), start=1)]
    characters = sum(len(cell.source) for cell in cells)
    if characters > MOST_TEXT:
        told = f"has {characters:,} characters in its cells, expected at most {MOST_TEXT:,}"
        raise _unreadable(name, told, "Put data into files and not into cells")
    return cells


def too_large(name: str, size: int) -> CourseError:
    """The words for a notebook of so many bytes."""
    told = f"has {size >> 20} MiB, expected at most {LARGEST >> 20}"
    return _unreadable(name, told, "Clear all outputs, save it")


def _unreadable(name: str, told: str, mend: str) -> CourseError:
    return CourseError(f"{name} {told}. {mend}, and hand in again.")


def _cells(name: str, data: Any) -> list[Any]:
    version = data.get("nbformat") if isinstance(data, dict) else None
    if isinstance(version, int) and version < 4:
        told = f"has version {version} of the format of notebooks, expected 4"
        raise _unreadable(name, told, "Open it in a newer Jupyter, save it")
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        told = "holds no list of cells, so it is no notebook"
        raise _unreadable(name, told, "Open it in Jupyter, and save it")
    if len(cells) > MOST_CELLS:
        told = f"has {len(cells):,} cells, expected at most {MOST_CELLS:,}"
        raise _unreadable(name, told, "Delete those that nobody needs")
    return cells


def _cell(name: str, number: int, cell: Any) -> Cell:
    kind = cell.get("cell_type") if isinstance(cell, dict) else None
    source = cell.get("source", "") if kind in KINDS else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        told = f"is damaged: cell {number} is not as Jupyter writes cells"
        raise _unreadable(name, told, "Open it in Jupyter, and save it")
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    # a lone surrogate is JSON, and cannot be written to a file
    source = source.encode(errors="replace").decode()
    return Cell(
        str(kind),
        source,
        grade_id if isinstance(grade_id, str) else "",
        _pictures(cell.get("attachments")) if kind == MARKDOWN else None,
    )


def _pictures(attachments: Any) -> Mapping[str, Any] | None:
    """Attachments as Jupyter makes them: pictures in base64, by their names. Others are dropped."""
    found = {
        name.encode(errors="replace").decode(): {kind: data}
        for name, pictures in (attachments if isinstance(attachments, dict) else {}).items()
        for kind, data in (pictures if isinstance(pictures, dict) else {}).items()
        if PICTURE.fullmatch(kind) and isinstance(data, str) and BASE64.fullmatch(data)
    }
    return found or None


def solving(module: Module, cells: list[Cell]) -> dict[str, int]:
    """The number, from 0, of the cell that solves each exercise, by ``grade_id``.

    Of cells with the same ``grade_id`` the last counts, as in nbgrader. Where an exercise has none
    (it was lost with the metadata, or by copying), it is the last cell of no other ``grade_id``
    that defines the exercise's function or class.
    """
    wanted = {solution_id(exercise.id): exercise for exercise in module.exercises}
    found = {c.grade_id: n for n, c in enumerate(cells) if c.grade_id in wanted and c.kind == CODE}
    known = _ids(module)
    for number, cell in enumerate(cells):
        if cell.kind != CODE or cell.grade_id in known or cell.grade_id.startswith(GIVEN):
            continue
        for name in _defined(cell.source):
            for grade_id, exercise in wanted.items():
                taken = grade_id in found and cells[found[grade_id]].grade_id == grade_id
                if exercise.symbol == name and not taken:
                    found[grade_id] = number
    return found


def _ids(module: Module) -> set[str]:
    """The ``grade_id`` of each cell in which an exercise is solved or tested."""
    ids = [exercise.id for exercise in module.exercises]
    return {*map(solution_id, ids), *map(points_id, ids)}


def _defined(source: str) -> set[str]:
    try:
        statements = statements_of(source)
    except Unreadable:
        return set()
    return {getattr(statement.node, "name", "") for statement in statements} - {""}


def cells_of(course: Course, module: Module, name: str, cells: list[Cell]) -> Cells:
    """The code in a notebook that learners wrote.

    Raises:
        CourseError: it is not a notebook of this module.
    """
    found = solving(module, cells)
    if not found:
        raise CourseError(
            f"{name} is not the notebook of module {module.id}: none of its {len(cells)} cells has "
            f"the id or the function of an exercise. Hand in {module.folder}.ipynb as you got it, "
            "with your work in it."
        )
    by_id = {grade_id: cells[number].source for grade_id, number in found.items()}
    solutions: Mapping[str, str] = {
        exercise.id: by_id[solution_id(exercise.id)]
        for exercise in module.exercises
        if solution_id(exercise.id) in by_id
    }
    used, ids = {*found.values()}, _ids(module)
    others = tuple(
        cell.source
        for number, cell in enumerate(cells)
        if cell.kind == CODE
        and number not in used
        and cell.grade_id not in ids
        and not cell.grade_id.startswith(GIVEN)
    )
    return Cells(solutions, others)
