"""``course grade``: judge submissions of one module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("module", required=False)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option(
    "--json", "json_file", metavar="FILE", help="Write one JSON object per submission, a line each."
)
@click.option(
    "--junit",
    "junit_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write JUnit XML.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of a class's results; grades/<module> if you name none.",
)
@click.option(
    "--student",
    metavar="REGEX",
    help="What in a submission's path is the student: its group, or all that it matches.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Number of processes; else all cores."
)
@click.option("--cluster", metavar="ADDRESS", help="Grade on a Dask cluster: tcp://HOST:8786.")
@click.option("--regrade", is_flag=True, help="Grade all again; old and new scores side by side.")
@click.option("--yes", is_flag=True, help="With --regrade: replace the old ones without asking.")
@click.option("--seed", metavar="TEXT", help="Seed of the inputs, to repeat an earlier grading.")
@click.option(
    "--require-sandbox",
    "level",
    metavar="LEVEL",
    type=click.Choice(["A", "B", "C", "D"], case_sensitive=False),
    help="Least isolation: A to D, see `course doctor`. B for a PATH, none for your own work.",
)
@click.option("--all", "every", is_flag=True, help="Explain every check that failed.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing on the terminal but errors.")
def grade(module: str | None, paths: tuple[Path, ...], **options: Any) -> int:
    """Judge work on MODULE, such as 01.

    A PATH is one submission (a student copy, or any folder, .zip or .tar.gz with tiny_transformer/
    in it) or a class: a folder of submissions, a quoted glob, or what Canvas, Moodle or Gradescope
    give to download. Without a PATH, inside a student copy, it is your own work. FILE may be - for
    standard output.

    A class is graded on all cores, and each result is kept as it comes. Stopped for whatever
    reason, the same command goes on; what has not changed is not graded again.

    Exit code 0: all points. 1: points are missing. 2: something could not be graded.
    """
    if module is None:
        from graders.manifest import find_course
        from tools.guide import which

        raise which(find_course(), "grade", "module")
    from tools.grading import grade_paths
    from tools.options import Options

    return grade_paths(module, paths, Options(**options))
