"""``course next``: the exercise to do now."""

from __future__ import annotations

import click


@click.command()
def next() -> None:
    """Show the first exercise without all its points, where it is, and what to type."""
    from tools.guide import show_next
    from tools.place import own_copy

    show_next(own_copy())
