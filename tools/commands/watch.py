"""``course watch``: judge your work each time you save."""

from __future__ import annotations

import click


@click.command()
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
def watch(modules: tuple[str, ...]) -> None:
    """Judge what each save touches, of MODULES (all, if none is named), until Ctrl-C.

    What you changed is explained in full; of the rest you hear what is no longer as it was.
    """
    from rich.console import Console

    from tools.place import own_copy
    from tools.watching import watch_work

    course = own_copy()
    chosen = [course.module(name) for name in modules] or course.modules
    watch_work(course, chosen, Console(highlight=False))
