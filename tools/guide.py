"""What a learner is told about where they are. Plain lines: no colour or place means anything."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from graders.course import Course, Exercise, Module
from graders.work import Work

from .place import is_house
from .standing import Standing, line_of, points_of, standings

BAR = 20  # characters
TITLE = 44  # characters of a title in a line of 80


def show_status(course: Course, modules: Sequence[Module]) -> None:
    """A line for each of the modules' exercises, and the sum of the whole course."""
    known = standings(course)
    for module in modules:
        click.secho(_sum_line(module, known), bold=True)
        for exercise in module.exercises:
            standing = known[exercise.id]
            title = exercise.title
            title = title if len(title) <= TITLE else f"{title[: TITLE - 1]}…"
            reached = f"{standing.points}/{exercise.points}"
            click.echo(f"  {exercise.id:<6}{title:<{TITLE}} {reached:>5}  ", nl=False)
            click.secho(standing.word, fg=standing.colour)
        click.echo()
    most = sum(module.points for module in course.graded_modules)
    click.echo(f"In all: {_bar(_points(course, known), most)}{_totals(course, known)}")
    show_next(course, known)


def _sum_line(module: Module, known: dict[str, Standing]) -> str:
    points = points_of(module, known)
    return f"{module.id} {module.title}: {_bar(points, module.points)}{points} of {module.points} points"


def _bar(points: int, most: int) -> str:
    """A picture of what the numbers after it say; none where no terminal draws it."""
    if not sys.stdout.isatty():
        return ""
    full = points * BAR // most
    return f"[{'#' * full}{'.' * (BAR - full)}] "


def _points(course: Course, known: dict[str, Standing]) -> int:
    return sum(points_of(module, known) for module in course.graded_modules)


def _totals(course: Course, known: dict[str, Standing]) -> str:
    most = sum(module.points for module in course.graded_modules)
    done = sum(standing.done for standing in known.values())
    return f"{_points(course, known)} of {most} points, {done} of {len(known)} exercises."


def show_start(course: Course) -> None:
    """Where the learner is, in all and now."""
    known = standings(course)
    click.secho(f"{course.title}: {_totals(course, known)}", bold=True)
    show_next(course, known)
    click.echo("All exercises: course status. All commands: course --help.")


def next_in(known: dict[str, Standing]) -> Standing | None:
    """The first exercise that has not all its points; None where all have."""
    return next((standing for standing in known.values() if not standing.done), None)


def which(course: Course, command: str, kind: str = "exercise") -> click.UsageError:
    """What to say of a command that names no exercise (or module): the one to name, most likely."""
    found = None if is_house(course) else next_in(standings(course))
    exercise = found.exercise if found else course.modules[0].exercises[0]
    name = exercise.id if kind == "exercise" else course.module_of(exercise.id).id
    likely = "The next one" if found else "For example"
    return click.UsageError(f"Which {kind}? {likely}: course {command} {name}")


def show_next(course: Course, known: dict[str, Standing] | None = None) -> None:
    """The first exercise that has not all its points, and what to type for it."""
    known = known or standings(course)
    waiting = next_in(known)
    if waiting is None:
        click.echo("All exercises have all their points. Nothing is left to do.")
        return
    exercise = waiting.exercise
    module = course.module_of(exercise.id)
    page = f"assignments/{module.folder}/README.md"
    rows = [("grade it", f"course grade {module.id}")] if waiting.waits else []
    place = place_of(course, exercise)
    if module.handed_in:
        rows.append(("hand in", place))
    else:
        rows.append(("write", f"{exercise.symbol} in {place}"))
    if exercise.builds_on:
        rows.append(("uses", ", ".join(exercise.builds_on)))
    if (course.root / page).is_file():
        rows.append(("read", page))
    if not module.handed_in:
        rows.append(("open it", f"course show {exercise.id}"))
    if not waiting.waits:
        watch = "" if module.handed_in else f", or after each save: course watch {module.id}"
        rows.append(("try it", f"course grade {module.id}{watch}"))
    rows.append(("stuck?", f"course hint {exercise.id}"))
    click.echo("Next: ", nl=False)
    click.secho(f"{exercise.id} {exercise.title}", bold=True, nl=False)
    click.echo(f" ({exercise.points} points), {waiting.word}")
    for label, text in rows:
        click.echo(f"  {label:<8} {text}")


def place_of(course: Course, exercise: Exercise) -> str:
    """Where to write an exercise, as a path from the current folder, and the line in it.

    Of a project: the path of the file to hand in.
    """
    if folder := course.module_of(exercise.id).handed_in:
        return os.path.relpath(course.root / folder / exercise.file)
    line = line_of(Work(course).text(exercise.file), exercise)
    return f"{os.path.relpath(course.root / course.package / exercise.file)}:{line}"
