"""Which parts of a folder are submissions, and whose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graders import bounds
from graders.submission import name_of

from . import lms
from .tree import Entry, Folder, find_inside

Parts = tuple[str, ...]


@dataclass(frozen=True)
class Unit:
    """What is handed in as one submission."""

    parts: Parts  # where it lies, below the folder of the class
    learner: str  # not yet unique
    by_lms: bool  # whether an LMS says so
    entry: Entry
    depth: int | None = None  # of its package below it, where it is a folder

    @property
    def is_promising(self) -> bool:
        """Whether it may hold a package."""
        return self.depth is not None or self.entry.is_archive


def class_in(folder: Folder, package: str) -> list[Unit] | None:
    """What was handed in, in the folder of a class; None where all of it is one submission.

    It is one submission if the package or a single notebook lies in it, or if just one of its
    entries holds one and no other an archive. Else it is a class if an LMS has named its entries or
    if any holds a package or a notebook or is an archive. A folder in which only another folder lies
    is looked through to that.
    """
    above: Parts = ()
    for _ in range(bounds.DEPTH):
        entries = folder.entries()
        if any(entry.folder and entry.name == package for entry in entries):
            return None
        if sum(entry.is_notebook for entry in entries) == 1:
            return None
        ids = lms.ids_in(folder, {entry.name: entry.folder is not None for entry in entries})
        whole = [entry for entry in entries if entry.folder or entry.is_archive]
        if ids or len(whole) != 1 or not whole[0].folder:
            return _units(above, entries, ids, package)
        above, folder = (*above, whole[0].name), whole[0].folder
    return None


def _units(
    above: Parts, entries: Sequence[Entry], ids: dict[str, str], package: str
) -> list[Unit] | None:
    units: list[Unit] = []
    for entry in entries:
        learner = ids.get(entry.name)
        is_handed_in = entry.folder or entry.is_archive or entry.is_link
        if learner or is_handed_in or entry.name.endswith(".py"):
            units += handed_in(entry, learner, package, above)
    promising = [unit for unit in units if unit.is_promising]
    is_one = len(promising) == 1 and promising[0].depth is not None
    return None if not ids and (is_one or not promising) else units


def handed_in(entry: Entry, lms_id: str | None, package: str, above: Parts = ()) -> list[Unit]:
    """The submissions in what one learner handed in: all of it, or the archives in its folder."""
    parts = (*above, entry.name)
    learner, by_lms = lms_id or name_of(Path(entry.name)), lms_id is not None
    depth, archives = find_inside(entry.folder, package) if entry.folder else (None, [])
    if depth is None and archives:
        inside = [Entry(where[-1]) for where in archives]
        places = [(*parts, *where) for where in archives]
        return [Unit(p, learner, by_lms, e) for p, e in zip(places, inside, strict=True)]
    return [Unit(parts, learner, by_lms, entry, depth)]
