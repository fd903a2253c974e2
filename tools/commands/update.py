"""``course update``: a new release for a learner who is in the middle of it."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("copy", required=False, type=click.Path(path_type=Path), metavar="[COPY]")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="RELEASE",
    help="The new release, a folder or .zip. In the course repository: what it is now, if you name none.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--undo", is_flag=True, help="Put back what the last update changed.")
def update(copy: Path | None, source: Path | None, dry_run: bool, undo: bool) -> int:
    """Bring the student copy COPY (the one that you are in) to a new release.

    Your work stays. Where you and the release changed the same lines, both are kept, between
    markers, and you choose. Files that were changed are kept in .course/backups/.

    Exit code 0: done. 1: done, and there is something to choose. 2: it could not be done.
    """
    from tools.updates import undo_update, update_copy

    if undo and (source or dry_run):
        raise click.UsageError("--undo stands alone.")
    return undo_update(copy) if undo else update_copy(copy, source, dry_run)
