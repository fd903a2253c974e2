"""``course nbgrader``: nbgrader's course folder, and its grading by our worker."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def nbgrader() -> None:
    """nbgrader, for instructors: a course folder from this repository, and its grades.

    Needs nbgrader: pip install -e ".[nbgrader]".
    """


@nbgrader.command()
@click.argument("modules", nargs=-1)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="nbgrader's course folder."
)
@click.option("--db", "database", default="", metavar="URL", help="Gradebook; else a SQLite file.")
@click.option("--force", is_flag=True, help="Renew what an earlier build has written in OUT.")
def build(modules: tuple[str, ...], out: Path, database: str, force: bool) -> int:
    """Make a course folder for nbgrader in OUT: an assignment for each of MODULES (or all).

    Then, in OUT: nbgrader generate_assignment 01_attention, and on as you know it.
    """
    from tools.nbgrader.building import build_folder

    return build_folder(modules, out, database, force)
