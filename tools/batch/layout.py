"""Which parts of a folder are submissions, and whose."""

from __future__ import annotations

from collections import defaultdict
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
    entry: Entry
    depth: int | None = None  # of its package below it, where it is a folder

    @property
    def is_promising(self) -> bool:
        """Whether it may hold a package."""
        return self.depth is not None or self.entry.is_archive


def class_in(folder: Folder, package: str) -> list[Unit] | None:
    """What was handed in, in the folder of a class; None where all of it is one submission.

    It is one submission if the package lies in it, or if just one of its entries holds one and no
    other an archive. Else it is a class if an LMS has named its entries or if any holds a package
    or is an archive. A folder in which only another folder lies is looked through to that.
    """
    above: Parts = ()
    for _ in range(bounds.DEPTH):
        entries = folder.entries()
        if any(entry.folder and entry.name == package for entry in entries):
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
    of_lms: dict[str, list[Unit]] = defaultdict(list)
    for entry in entries:
        learner = ids.get(entry.name, name_of(Path(entry.name)))
        found = handed_in(entry, learner, package, above)
        if entry.name in ids:
            of_lms[learner] += found
        elif entry.folder or entry.is_link or entry.is_archive or entry.name.endswith(".py"):
            units += found
    promising = [unit for unit in units if unit.is_promising]
    packages = [unit for unit in promising if unit.depth is not None]
    if not of_lms and (not promising or len(promising) == len(packages) == 1):
        return None
    for found in of_lms.values():
        # beside work, an LMS has texts, links and other files of the learner
        units += [unit for unit in found if unit.is_promising] or found[:1]
    return units


def handed_in(entry: Entry, learner: str, package: str, above: Parts = ()) -> list[Unit]:
    """The submissions in what one learner handed in: all of it, or the archives in its folder."""
    parts = (*above, entry.name)
    if not entry.folder:
        return [Unit(parts, learner, entry)]
    depth, archives = find_inside(entry.folder, package)
    if depth is not None or not archives:
        return [Unit(parts, learner, entry, depth)]
    return [Unit((*parts, *inside), learner, Entry(inside[-1])) for inside in archives]
