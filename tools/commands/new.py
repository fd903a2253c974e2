"""``course new``: a course of one's own."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def new(folder: Path) -> None:
    """Make a small course of your own in the new folder DIR.

    It has one module with one exercise, and all that releases, grades and audits it. Its README.md
    says where to change what.
    """
    from tools.newcourse import make_course
    from tools.place import own_house

    make_course(own_house("make a course from"), folder)
    click.echo(f"A course of one module is in {folder}. What to type next:\n")
    click.echo(f"  cd {folder}")
    click.echo("  python3 -m venv .venv && .venv/bin/pip install -e .")
    click.echo("  .venv/bin/course release --out build/copy")
    click.echo("  .venv/bin/course audit 01")
    click.echo("\nREADME.md in it says where to change what.")
