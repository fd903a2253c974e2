"""``course reset``: start one exercise over."""

from __future__ import annotations

import click


@click.command()
@click.argument("exercise", required=False)
@click.option("--undo", is_flag=True, help="Put back what the last reset took away.")
def reset(exercise: str | None, undo: bool) -> None:
    """Put back the stub of EXERCISE, such as 03.2, and nothing else.

    The file as it was is kept in .course/backups/.
    """
    from tools.place import own_copy
    from tools.resetting import reset_exercise, undo_reset

    if undo == (exercise is not None):
        raise click.UsageError("Name one exercise, or give --undo.")
    if exercise is None:
        undo_reset(own_copy())
    else:
        reset_exercise(own_copy(), exercise)
