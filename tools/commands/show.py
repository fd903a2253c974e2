"""``course show``: open the place where an exercise is written."""

from __future__ import annotations

import click


@click.command()
@click.argument("exercise")
@click.option("--print", "only_print", is_flag=True, help="Print the place and open nothing.")
def show(exercise: str, only_print: bool) -> None:
    """Open the place of EXERCISE, such as 03.2, in your editor: $VISUAL, else $EDITOR.

    Without an editor it prints the place, as path:line.
    """
    from tools.editors import open_place
    from tools.guide import place_of
    from tools.place import own_copy

    course = own_copy()
    place = place_of(course, course.exercise(exercise))
    if only_print or not open_place(place):
        click.echo(place)
