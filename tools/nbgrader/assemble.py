"""Put a learner's cells together to the files of the package that the graders know.

What is given comes from the course, never from the notebook; what is written comes from the cells.
In a notebook all cells share their names, so a file also gets what its cells use of other cells.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from graders.course import Course, Exercise, Module

from .cells import STUB, Piece, cleared, pieces_of, solution_id
from .statements import Statement, Unreadable, needed, statements_of

GAP = "\n\n\n"


@dataclass(frozen=True)
class Cells:
    """The code of a notebook, in its order."""

    solutions: Mapping[str, str]  # by exercise; what was deleted is not there
    others: tuple[str, ...]  # code that is neither a solution nor given


def assembled(course: Course, module: Module, cells: Cells) -> dict[str, tuple[bytes, bool]]:
    """The files of a module as these cells have them.

    A cell that is not Python costs its own exercise. Outside of the solutions, only definitions,
    and what they use, are taken over.

    Returns:
        by path below the package: the file, and whether any of its exercises was written.
    """
    others = {f"other {n}": _read(text) for n, text in enumerate(cells.others)}
    solutions = {exercise: _read(text) for exercise, text in cells.solutions.items()}
    readable = {
        name: read
        for name, read in {**others, **solutions}.items()
        if not isinstance(read, Unreadable)
    }
    made = {}
    for file in module.files:
        pieces = pieces_of(course, module, file)
        mine = [piece.exercise.id for piece in pieces if piece.exercise]
        own = [s for exercise in mine for s in readable.get(exercise, ())]
        foreign = [s for name, read in readable.items() if name not in mine for s in read]
        given = [s for p in pieces if not p.exercise for s in statements_of(p.text)]
        kept, taken = needed(own, foreign, {name for s in given for name in s.binds})
        parts = []
        for number, piece in enumerate(pieces):
            if piece.exercise is None:
                parts.append(piece.text)
            else:
                read = solutions.get(piece.exercise.id)
                parts.append(_text(piece, piece.exercise, read, {*kept}))
            if number == 0:  # after the imports
                parts += [statement.text for statement in taken]
        written = any(
            _differs(cells.solutions[piece.exercise.id], piece.text)
            for piece in pieces
            if piece.exercise and piece.exercise.id in cells.solutions
        )
        made[file] = (f"{GAP.join(filter(None, parts))}\n".encode(), written)
    return made


def _read(text: str) -> list[Statement] | Unreadable:
    try:
        return statements_of(text)
    except Unreadable as problem:
        return problem


def _differs(text: str, reference: str) -> bool:
    return text.split() != cleared(reference).split()


def _text(
    piece: Piece,
    exercise: Exercise,
    read: list[Statement] | Unreadable | None,
    kept: Collection[Statement],
) -> str:
    """The code of one exercise in its file."""
    stub, cell = cleared(piece.text), solution_id(exercise.id)
    if isinstance(read, Unreadable):
        place = f"({json.dumps(cell)}, {read.line}, None, {json.dumps(read.text)})"
        return stub.replace(STUB, f"raise SyntaxError({json.dumps(read.wrong)}, {place})")
    text = stub if read is None else GAP.join(s.text for s in read if s in kept)
    title = json.dumps(f"{exercise.id} {exercise.title}: write the cell {cell}", ensure_ascii=False)
    return text.replace(STUB, f"raise NotImplementedError({title})")
