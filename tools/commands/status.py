"""``course status``: all modules and exercises, and their points."""

from __future__ import annotations

import click


@click.command()
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
def status(modules: tuple[str, ...]) -> None:
    """Show the exercises of MODULES (all, if none is named), with the points you have.

    It runs nothing: it shows what `course grade`, `course watch` and `pytest` saw last, and says
    "changed since" where your files are other ones now.
    """
    from tools.guide import show_status
    from tools.place import own_copy

    course = own_copy()
    show_status(course, [course.graded(name) for name in modules] or course.graded_modules)
