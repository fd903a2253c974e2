"""What a notebook tells its learners."""

from __future__ import annotations

import re

from graders.course import Course, Exercise, Module

WORK = """## How to work

Write each exercise in its cell, in place of the line that raises `NotImplementedError`, and run that
cell and the one below it: it checks your work and says in words what is wrong. What a function takes,
returns and refuses stands in its docstring. Helpers, imports and more cells are up to you; the cells
that you cannot edit are graded as you got them.

You need Python with {needs}. Hand in this notebook under its name, `{folder}.ipynb`. If you have
written a file of `{package}/` instead, such as `{package}/{file}`, hand in that folder beside it: of
each file your cells count if you wrote in them, else the file."""
# a link to another page of the course, none of which lies beside the notebook
RELATIVE = re.compile(r"\[([^\]]+)\]\((?!\w+:)[^)\s]+\)")
EARLIER = """

This module builds on {earlier}. Put what you wrote there into `{package}/` beside this notebook; until
then its functions say that they are not written. A mistake there costs nothing here."""


def introduction(course: Course, module: Module) -> str:
    """The module's theory in short, from its page, and how to work in a notebook."""
    page = course.root / "assignments" / module.folder / "README.md"
    text = page.read_text(encoding="utf-8") if page.is_file() else f"# {module.title}\n"
    theory = re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0].strip()
    theory = RELATIVE.sub(r"\1", theory)
    folder = {"folder": module.folder, "package": course.package, "file": module.files[0]}
    work = WORK.format(**folder, needs="torch, numpy and safetensors")
    before = " and ".join(f"{other.id} {other.title}" for other in course.before(module))
    if before:
        work += EARLIER.format(earlier=before, package=course.package)
    return f"{theory}\n\n{work}"


def heading(exercise: Exercise) -> str:
    """What stands above the cell of an exercise."""
    points = "1 point" if exercise.points == 1 else f"{exercise.points} points"
    above = f"### {exercise.id} {exercise.title}\n\n{points}."
    if exercise.builds_on:
        above += f" Do {' and '.join(exercise.builds_on)} first."
    return above
