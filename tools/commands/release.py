"""``course release``: build a student copy and prove that it gives no answer away."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("modules", nargs=-1)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder of the student copy."
)
@click.option("--zip", "as_zip", is_flag=True, help="Write OUT.zip beside the folder as well.")
@click.option(
    "--force",
    is_flag=True,
    help="Renew an earlier copy in OUT, if nobody works in its package: that is for `course update`.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the proof as JSON.")
def release(modules: tuple[str, ...], out: Path, as_zip: bool, force: bool, as_json: bool) -> int:
    """Build a student copy of MODULES (all, if none is named) in the folder OUT.

    Nothing is written unless the proof holds: the stubs import, each check fails on them, the
    reference scores 100 %, no solution text is anywhere in the copy, and a second build gives the
    same bytes.

    Exit code 0: written. 1: the proof failed, nothing was written. 2: it could not be done.
    """
    from tools.releasing import release_copy

    return release_copy(modules, out, as_zip, force, as_json)
