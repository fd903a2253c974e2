"""``course capstone``: begin the project, and compare a run with what is to be expected."""

from __future__ import annotations

from pathlib import Path

import click

_RUN = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("run", type=_RUN, required=False, metavar="[RUN]")
@click.option(
    "--start", is_flag=True, help="Put checkpoint and template of the report in capstone/."
)
@click.option("--check", is_flag=True, help="Compare the run with the expected losses.")
@click.option("--force", is_flag=True, help="With --start: replace a checkpoint that is there.")
def capstone(run: Path | None, start: bool, check: bool, force: bool) -> int:
    """Prepare the capstone project from RUN, the folder of a run; else the newest one in runs/.

    --start puts into capstone/ the run's best checkpoint, without what only a resumed run needs, and
    a template of the report, and says what is still to be done. --check shows each held-out loss of
    the run beside the one to expect at that step. What is in capstone/ is judged by `course grade 09`.

    Exit code 0: all well. 1: a loss is not as expected. 2: it could not be done.
    """
    if start == check:
        raise click.UsageError("Say either --start or --check.")
    from tools.lm.capstone import check_run, start_project

    return check_run(run) if check else start_project(run, force)
