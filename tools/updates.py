"""What ``course update`` does: find the copy and the release, plan, do, say."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from graders.errors import CourseError
from graders.manifest import MANIFEST as COURSE
from graders.manifest import find_course
from graders.released import manifest_of

from . import backups
from .newrelease import NewRelease, read_release
from .place import is_house, own_copy
from .updating import (
    BESIDE,
    CONFLICT,
    KEPT,
    MERGED,
    NEW,
    REMOVED,
    RENEWED,
    REPLACED,
    RESTORED,
    Plan,
    carry_out,
    plan_update,
)

DONE, TO_CHOOSE = 0, 1
COUNTED = (RENEWED, NEW, RESTORED, REMOVED)  # said as numbers; the others by name
NAMED = (MERGED, CONFLICT, BESIDE, KEPT, REPLACED)


def update_copy(copy: Path | None, source: Path | None, dry_run: bool) -> int:
    """Update a copy, or say what that would do. Returns the exit code.

    Raises:
        CourseError: it cannot be done. Then nothing was changed.
    """
    root = _root(copy)
    new = read_release(source) if source else _newest(root)
    plan = plan_update(root, new)
    if not plan.changes:
        click.echo(f"{root} is of release {new.id} already. Nothing to change.")
        return DONE
    _say(plan, new, dry_run)
    if not dry_run:
        kept = carry_out(root, plan)
        click.echo(f"Files as they were: {kept.relative_to(root)}")
        click.echo(f"To go back: course update{f' {copy}' if copy else ''} --undo")
        if "pyproject.toml" in plan.changes:
            click.echo("pyproject.toml is another one: run `pip install -e .` again.")
    return TO_CHOOSE if plan.merged_badly else DONE


def undo_update(copy: Path | None) -> int:
    """Put back what the last update changed. Returns the exit code."""
    root = _root(copy)
    now, paths = backups.undo(root, "update")
    release = manifest_of(root)["release"]
    click.echo(f"Put back {len(paths)} files: this copy is of release {release} again.")
    click.echo(f"What stood there: {now.relative_to(root)}. The same command takes it back.")
    return DONE


def _root(copy: Path | None) -> Path:
    if copy is None:
        return own_copy().root
    if not (copy / COURSE).is_file():
        raise CourseError(f"{copy} is no student copy: there is no {COURSE} in it.")
    if (copy / "reference").is_dir():
        raise CourseError(f"{copy} is a course repository. Name a student copy.")
    return copy.resolve()


def _newest(root: Path) -> NewRelease:
    """The course around the current folder as it is now, with the modules of the copy."""
    course = find_course()
    if not is_house(course):
        raise CourseError(
            "Where is the new release? Name the folder or .zip that you were given: "
            "course update --from NEW.zip"
        )
    modules = [course.module(name) for name in manifest_of(root)["modules"]]
    releasing = importlib.import_module(f"{__package__}.releasing")  # a student copy has none
    made = releasing.prove(course, modules)
    if not made.holds:
        raise CourseError("The course as it is cannot be released, so nothing was updated.")
    return NewRelease(made.id, made.modules, made.files)


def _say(plan: Plan, new: NewRelease, dry_run: bool) -> None:
    would = "Would update" if dry_run else "Updated"
    click.echo(f"{would} from release {plan.before} to {new.id}.")
    counts = [f"{count} {kind}" for kind in COUNTED if (count := plan.count(kind))]
    if counts:
        click.echo(f"  files: {', '.join(counts)}")
    for kind, path, detail in plan.notes:
        if kind in NAMED:
            click.echo(f"  {kind}: {path}{f' ({detail})' if detail else ''}")
