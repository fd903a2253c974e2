"""What ``course reset`` does: put the stub of one exercise back, and nothing else of its file."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

import click

from graders.course import Course, Exercise
from graders.errors import CourseError
from graders.files import write_whole
from graders.progress import changing
from graders.released import texts_of

from . import backups
from .guide import place_of


def reset_exercise(course: Course, exercise_id: str) -> None:
    """Restore the stub of an exercise, keep the file as it was, and forget the exercise's points.

    Raises:
        CourseError: the release is not known, or the file cannot be written. Then all is as before.
    """
    exercise = course.exercise(exercise_id)
    if folder := course.module_of(exercise.id).handed_in:
        raise CourseError(
            f"{exercise.id} is part of a project: no stub was handed out for it, so there is none to "
            f"put back. What is in {folder}/ is yours to change."
        )
    path = f"{course.package}/{exercise.file}"
    released = texts_of(course.root).get(path)
    if released is None:
        raise CourseError(f"The release has no {path}: get the student copy again.")
    file = course.root / path
    try:
        now = file.read_bytes().decode("utf-8") if file.exists() else None
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{file} cannot be read as UTF-8 text ({error}).") from None
    original = released.decode()
    made = original if now is None else with_stub(now, original, exercise)
    if made == now:
        click.echo(f"{exercise.id} is as it was handed out. Nothing was changed.")
        return
    kept = backups.keep(course.root, "reset", [path])
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, made.encode())
    with changing(course) as state:
        for check in [name for name in state.checks if name.startswith(f"{exercise.id}/")]:
            del state.checks[check]
    click.echo(f"{exercise.id} {exercise.title}: the stub is back, in {place_of(course, exercise)}")
    click.echo(f"Your file as it was: {(kept / backups.FILES / path).relative_to(course.root)}")
    click.echo("To put it back: course reset --undo")


def undo_reset(course: Course) -> None:
    """Put back the file that the last reset changed. Raises CourseError as ``backups.undo``."""
    now, paths = backups.undo(course.root, "reset")
    click.echo(f"Put back: {', '.join(paths)}")
    click.echo(f"What stood there: {now.relative_to(course.root)}. The same command takes it back.")


@dataclass(frozen=True)
class _Place:
    """Where a function or class stands: lines from ``start`` on, before ``end``, counted from 0."""

    start: int
    end: int


def with_stub(now: str, released: str, exercise: Exercise) -> str:
    """``now`` with the exercise's function or class as it is in ``released``.

    Where ``now`` has none, it comes at the end.
    """
    original = released.splitlines(keepends=True)
    there = _parsed_place(released, exercise.symbol)
    if there is None:
        raise CourseError(f"The released {exercise.file} has no {exercise.symbol}.")
    stub = original[there.start : there.end]
    if "\r\n" in now:
        stub = [line.replace("\n", "\r\n") for line in stub]
    lines = now.splitlines(keepends=True)
    try:
        place = _parsed_place(now, exercise.symbol)
    except (SyntaxError, ValueError):
        place = _guessed_place(lines, exercise.symbol)
    if place is None:
        return "\n\n".join([now.rstrip("\n") + "\n", "".join(stub)]).lstrip("\n")
    return "".join([*lines[: place.start], *stub, *lines[place.end :]])


def _parsed_place(text: str, symbol: str) -> _Place | None:
    """Where ``symbol`` is defined, decorators included; the last definition is the one that counts."""
    found = None
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name == symbol:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            found = _Place(first - 1, node.end_lineno or node.lineno)
    return found


def _guessed_place(lines: list[str], symbol: str) -> _Place | None:
    """The same in a text that is no valid Python: up to the next definition at its left edge."""
    heads = [n for n, line in enumerate(lines) if re.match(r"(async def|def|class)\b|@", line)]
    named = re.compile(rf"(async def|def|class) {re.escape(symbol)}\b")
    found = [n for n in heads if named.match(lines[n])]
    if not found:
        return None
    start = found[-1]
    end = next((n for n in heads if n > start), len(lines))
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    while start and lines[start - 1].startswith("@"):
        start -= 1
    return _Place(start, end)
