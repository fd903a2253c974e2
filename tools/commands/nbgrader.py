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


@nbgrader.command()
@click.argument("assignment")
@click.option(
    "--course",
    "folder",
    default=".",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="nbgrader's course folder; else this one.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes; else all cores.")
@click.option("--student", metavar="ID", help="Only this one.")
@click.option("--force", is_flag=True, help="Also what was autograded before.")
def autograde(
    assignment: str, folder: Path, jobs: int | None, student: str | None, force: bool
) -> int:
    """Do what `nbgrader autograde ASSIGNMENT` does, begun sooner.

    Of N processes one is nbgrader itself, and it alone writes to the gradebook.

    Exit code 0: all are in the gradebook. 2: some could not be; the others are.
    """
    from tools.nbgrader.autograding import autograde_folder

    arguments = [*(["--student", student] if student else []), *(["--force"] if force else [])]
    return autograde_folder(assignment, folder, jobs, arguments)


@nbgrader.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--db",
    "database",
    default="sqlite:///gradebook.db",
    show_default=True,
    metavar="URL",
    help="The gradebook: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE.",
)
def sync(results: Path, database: str) -> int:
    """Write scores and comments of RESULTS into nbgrader's gradebook.

    RESULTS is the folder that `course grade … --out` wrote, or what `--json` wrote. Each submission
    is written whole or not at all; run again, it changes nothing. What people gave stays: manual
    scores, extra credit and comments.

    Exit code 0: all are written. 1: some are not. 2: the gradebook cannot be used.
    """
    from tools.nbgrader.sync import sync_results

    return sync_results(results, database)
