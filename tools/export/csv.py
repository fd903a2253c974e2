"""``course export csv``: a table for spreadsheets."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command("csv")
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="File to write; else standard output.",
)
def command(results: Path, out: Path | None) -> int:
    """One row for each student in RESULTS: points in all and of each exercise, known mistakes.

    RESULTS is the folder that `course grade … --out` wrote, or what `--json` wrote. The columns
    follow from the course alone, and no cell is taken for a formula.

    Exit code 0: written. 1: written, but reports are missing. 2: nothing was written.
    """
    from graders.files import write_whole
    from graders.manifest import find_course
    from tools.reports.table import csv_head, csv_row
    from tools.results import read_results

    found = read_results(find_course(), results)
    content = csv_head(found.module) + b"".join(map(csv_row, found.reports()))
    if out:
        write_whole(out, content)
    else:
        sys.stdout.buffer.write(content)
    return found.say_gaps()
