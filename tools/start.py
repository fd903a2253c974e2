"""What ``course`` alone says: where you are, and what to type."""

from __future__ import annotations

import click

from graders.manifest import MANIFEST, find_course, folder_of_course

from .place import is_house

OUTSIDE = f"""\
`course` carries a learner through a course, and grades it. Here is none: there is no {MANIFEST}
in this folder or above it.

  You learn:   cd into your student copy, the folder that you were given, and type `course` again.
  You teach:   cd into the course repository; `course release --out DIR` makes a student copy.

All commands: course --help."""
HOUSE = """\
{title}: the course repository.

  course release 01 --out DIR    make a student copy and prove that it holds no answer
  course grade 01 PATH           grade one submission, or a folder of them
  course audit 01                prove that the graders are right
  course doctor                  what keeps other people's code in, on this machine

All commands: course --help."""


def show_place() -> None:
    """Where this is: no course, the course repository, or a copy, and how far the learner is.

    Raises:
        CourseError: the course's manifest is broken.
    """
    if folder_of_course() is None:
        click.echo(OUTSIDE)
        return
    course = find_course()
    if is_house(course):
        click.echo(HOUSE.format(title=course.title))
        return
    from .guide import show_start

    show_start(course)
