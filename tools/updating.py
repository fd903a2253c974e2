"""What a new release does to the files of a student copy: planned first, then done whole or not at all.

Per file: what the learner did not change becomes what it is in the new release; what both changed
is merged; what the release did not change stays the learner's. The frame (checks, tools, recorded
answers) is always that of the release.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from graders.errors import CourseError
from graders.released import AGAIN, ARCHIVE, FRAME, MANIFEST, is_text, manifest_of, texts_of
from graders.staging import content_of, is_blocked, replace_files

from . import backups
from .merging import merge
from .newrelease import NewRelease

RENEWED, NEW, REMOVED, RESTORED = "renewed", "new", "removed", "put back"
MERGED, CONFLICT, BESIDE = "merged", "CONFLICT", "both kept"
KEPT, REPLACED = "kept", "replaced"


@dataclass
class Plan:
    """What an update would do."""

    before: str  # the release of the copy
    changes: dict[str, bytes | None] = field(default_factory=dict)  # None: the file goes
    notes: list[tuple[str, str, str]] = field(default_factory=list)  # what happens, path, detail

    def count(self, kind: str) -> int:
        return sum(1 for what, _, _ in self.notes if what == kind)

    @property
    def merged_badly(self) -> bool:
        """Whether something is left for the learner to choose."""
        return bool(self.count(CONFLICT) + self.count(BESIDE))


def plan_update(root: Path, new: NewRelease) -> Plan:
    """What becomes of each file of the copy in ``root``. Changes nothing.

    Raises:
        CourseError: the copy's own release is not known, the new one is of another course or lacks
            modules that the copy has, or something that is no plain file is in the way.
    """
    manifest = manifest_of(root)
    old, base = manifest["files"], texts_of(root)
    _refuse_stranger(root, manifest, new)
    blocked = [path for path in sorted({*old, *new.files}) if is_blocked(root, path)]
    if blocked:
        raise CourseError(
            f"{root / blocked[0]} is a link or a folder, or is in one that is, where the release has "
            "a file. Move it away and run again. Nothing was changed."
        )
    mine = content_of(root, {*old, *new.files})
    plan = Plan(str(manifest["release"]))
    for path in sorted({*old, *new.files}):
        if path in (MANIFEST, ARCHIVE):
            if mine.get(path) != new.files[path]:
                plan.changes[path] = new.files[path]
        else:
            _plan_file(plan, path, old.get(path), base.get(path), mine.get(path), new)
    return plan


def _refuse_stranger(root: Path, manifest: Mapping[str, Sequence[str]], new: NewRelease) -> None:
    if ARCHIVE not in new.files:
        raise CourseError(f"The new release has no {ARCHIVE}, so it cannot be merged. {AGAIN}")
    if not any(path.startswith(f"{new.package}/") for path in manifest["files"]):
        raise CourseError(
            f"The new release is of another course: learners write {new.package}/ in it, which "
            f"{root} does not have. Nothing was changed. Ask for a release of your course."
        )
    missing = [module for module in manifest["modules"] if module not in new.modules]
    if missing:
        raise CourseError(
            f"The new release holds the modules {', '.join(new.modules)}, and this copy also "
            f"{', '.join(missing)}, which would go. Nothing was changed. Ask for a release with all "
            f"of them: course release {' '.join(sorted({*new.modules, *missing}))} --out DIR --zip"
        )


def _plan_file(
    plan: Plan,
    path: str,
    old_digest: str | None,
    base: bytes | None,
    mine: bytes | None,
    new_release: NewRelease,
) -> None:
    new = new_release.files.get(path)

    def note(kind: str, detail: str = "") -> None:
        plan.notes.append((kind, path, detail))

    if mine == new:
        return
    untouched = mine is not None and hashlib.sha256(mine).hexdigest() == old_digest
    if new is None:
        if untouched or path.startswith(FRAME):
            plan.changes[path] = None
            note(REMOVED)
        else:
            note(KEPT, "changed by you, and no longer in the release")
        return
    if mine is None or untouched:
        plan.changes[path] = new
        note(RENEWED if untouched else RESTORED if old_digest else NEW)
    elif path.startswith(FRAME):
        plan.changes[path] = new
        note(REPLACED, "changed by you, but it belongs to the release")
    elif hashlib.sha256(new).hexdigest() == old_digest:
        return  # the learner's work, which the release did not touch
    elif base is not None and is_text(path, mine) and is_text(path, new):
        _plan_merge(plan, path, base.decode(), mine.decode(), new.decode())
    else:
        beside = _beside(path)
        plan.changes[beside] = new
        note(BESIDE, f"the release's is in {beside}")


def _beside(path: str) -> str:
    """A name for the release's file where the learner's cannot be merged with it."""
    place = PurePosixPath(path)
    return str(place.with_name(f"{place.stem}.new_release{place.suffix}"))


def _plan_merge(plan: Plan, path: str, base: str, mine: str, new: str) -> None:
    if path.endswith(".py"):
        for was, becomes in _renamed_stubs(base, new):
            base, mine = base.replace(was, becomes), mine.replace(was, becomes)
    merged = merge(base, mine, new)
    plan.changes[path] = merged.text.encode()
    if merged.conflicts:
        lines = ", ".join(map(str, merged.conflicts))
        plan.notes.append(
            (CONFLICT, path, f"choose between yours and the release's at line {lines}")
        )
    else:
        plan.notes.append((MERGED, path, ""))


def _renamed_stubs(base: str, new: str) -> list[tuple[str, str]]:
    """The stub statements that are worded otherwise in the new release.

    A stub is nobody's work: that it was reworded must not stand against what replaced it.
    """
    pairs = zip(_stubs(base), _stubs(new), strict=False)
    same = [(was, becomes) for (who, was), (other, becomes) in pairs if who == other]
    return [(was, becomes) for was, becomes in same if was != becomes]


def _stubs(text: str) -> list[tuple[str, str]]:
    """Function or class, and the lines of each ``raise NotImplementedError(…)`` in it."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return []
    lines = text.splitlines(keepends=True)
    return [
        (top.name, "".join(lines[node.lineno - 1 : node.end_lineno]))
        for top in body
        if isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in ast.walk(top)
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node)
    ]


def carry_out(root: Path, plan: Plan) -> Path:
    """Do what is planned, all of it or nothing. Returns the folder of the files as they were.

    Raises:
        CourseError: it cannot be written. Then all is as before.
    """
    for path in plan.changes:
        if path.startswith(f"{backups.FOLDER}/"):
            raise CourseError(f"The new release has a file {path}. That is no release.")
    kept = backups.keep(root, "update", plan.changes)
    try:
        replace_files(root, plan.changes, last=MANIFEST)
    except OSError as error:
        raise CourseError(
            f"{root} cannot be written ({error.strerror}). Nothing was changed. Make room or give "
            "the permission, and run again."
        ) from None
    return kept
