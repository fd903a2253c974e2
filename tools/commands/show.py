"""``course show``: open the place where an exercise is written."""

from __future__ import annotations

import click


@click.command()
@click.argument("exercise", required=False)
@click.option("--print", "only_print", is_flag=True, help="Print the place and open nothing.")
def show(exercise: str | None, only_print: bool) -> None:
    """Open the place of EXERCISE, such as 03.2, in your editor: $VISUAL, else $EDITOR.

    Without an editor it prints the place, as path:line. Of a file that is handed in and is no text
    it prints the path.
    """
    from tools.editors import is_text, open_place
    from tools.guide import place_of, which
    from tools.place import own_copy

    course = own_copy()
    if exercise is None:
        raise which(course, "show")
    place = place_of(course, course.exercise(exercise))
    if course.module_of(exercise).handed_in:
        only_print = only_print or not is_text(place)
    if only_print or not open_place(place):
        click.echo(place)
