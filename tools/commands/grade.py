"""``course grade``: judge submissions of one module."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("module")
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
def grade(
    module: str,
    paths: tuple[Path, ...],
    json_file: str | None,
    junit_file: Path | None,
    seed: str | None,
    level: str | None,
    every: bool,
    quiet: bool,
) -> int:
    """Judge work on MODULE, such as 01.

    Each PATH is a student copy, or any folder, .zip or .tar.gz with tiny_transformer/ in it.
    Without a PATH, inside a student copy, it is your own work. FILE may be - for standard output.

    Exit code 0: all points. 1: points are missing. 2: something could not be graded.
    """
    from tools.grading import grade_paths

    return grade_paths(module, paths, json_file, junit_file, seed, level, every, quiet)
