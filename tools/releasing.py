"""What ``course release`` does: build, prove, write, show."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from graders.course import Course, Module
from graders.errors import CourseError
from release.build import with_prerequisites
from release.proof import Release, make_release
from release.write import Written, require_room, work_in, write_tree, zip_tree

from .place import own_house

WRITTEN, PROOF_FAILED = 0, 1


def release_copy(
    module_ids: Sequence[str], out: Path, as_zip: bool, force: bool, as_json: bool
) -> int:
    """Release the named modules into ``out``. Returns the exit code."""
    course = own_house("release from")
    chosen = [course.module(name) for name in module_ids] or [*course.modules]
    modules = with_prerequisites(course, chosen)
    _give_way(course, modules, out, force)
    console = Console(stderr=as_json)
    made, written = make_copy(course, modules, out, console, force=force, as_zip=as_zip)
    if as_json:
        sys.stdout.write(json.dumps(_as_json(made, written, out), indent=2) + "\n")
    return WRITTEN if made.holds else PROOF_FAILED


def _give_way(course: Course, modules: Sequence[Module], out: Path, force: bool) -> None:
    """Refuse to renew a copy in which somebody works: its package would be half old and half new."""
    found = work_in(out, course.package, force)
    if not found:
        return
    shown = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
    names = " ".join(module.id for module in modules)
    raise CourseError(
        f"Somebody works in {out}, expected a copy whose {course.package}/ is as it was handed out: "
        f"changed or added are {shown}. --force would leave these as they are, and old beside what is "
        f"new. Nothing was changed. Merge instead: course update {out}. If modules are to come in: "
        f"course release {names} --out NEW; course update {out} --from NEW"
    )


def make_copy(
    course: Course,
    modules: Sequence[Module],
    out: Path,
    console: Console,
    force: bool = False,
    as_zip: bool = False,
) -> tuple[Release, Written | None]:
    """Build, prove and, if the proof holds, write a student copy; say on ``console`` what holds."""
    archive = out.with_name(f"{out.name}.zip") if as_zip else None
    if archive and out.suffix == ".zip":
        raise CourseError(
            f"--out is the folder of the copy, and --zip adds the zip beside it. Expected a name "
            f"without an ending, found {out}. Write: --out {out.with_suffix('')} --zip"
        )
    require_room(out, force, archive)
    made = prove(course, modules, console)
    if not made.holds:
        return made, None
    written = write_tree(made.files, out, force)
    console.print(f"{len(written.written)} files in {out}, release {made.id}", soft_wrap=True)
    for path in written.kept:
        console.print(f"kept, because it is the learner's: {path}", soft_wrap=True)
    if archive:
        zip_tree(made.files, archive, force)
        console.print(f"and {archive}", soft_wrap=True)
    return made, written


def prove(course: Course, modules: Sequence[Module], console: Console | None = None) -> Release:
    """Build a release and prove it; say on ``console`` what holds. Writes nothing."""
    console = console or Console()
    names = ", ".join(module.id for module in modules)
    with console.status(f"building a student copy of {names} …"):
        made = make_release(course, modules)
    for claim in made.proof:
        mark = Text("holds ", style="green") if claim.holds else Text("FAILS ", style="bold red")
        console.print(mark + Text(f"{claim.claim}: {claim.detail}", style=""), soft_wrap=True)
        for finding in claim.findings:
            console.print(Text(f"        {finding}"), soft_wrap=True)
    if not made.holds:
        console.print("Nothing was written. Mend what is named above and release again.")
    return made


def _as_json(made: Release, written: Written | None, out: Path) -> dict[str, object]:
    return {
        **made.manifest,
        "out": str(out) if written else None,
        "kept": [*written.kept] if written else [],
    }
