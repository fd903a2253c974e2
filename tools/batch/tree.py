"""Folders as they are looked through for submissions, on the disk or in an archive's listing."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from graders import bounds
from graders.submission import ARCHIVE_ENDING

UNREADABLE = (".rar", ".7z", ".gz", ".bz2", ".tbz2", ".xz", ".txz", ".zst")  # handed in in vain
NOTEBOOK = ".ipynb"
JUNK = ("__macosx", "thumbs.db", "desktop.ini")


class Folder(Protocol):
    """A folder that can be looked into."""

    def entries(self) -> list[Entry]:
        """What lies in it, by name, without what systems leave behind; nothing if it is shut."""
        ...

    def read(self, name: str, most: int) -> bytes:
        """At most ``most`` bytes of a file that lies in it; none if there is no such file."""
        ...


@dataclass(frozen=True)
class Entry:
    """What lies in a folder. A link is neither followed nor a folder."""

    name: str
    folder: Folder | None = None
    is_link: bool = False

    @property
    def is_notebook(self) -> bool:
        """Whether it is a notebook, by its name."""
        return self.folder is None and not self.is_link and self.name.endswith(NOTEBOOK)

    @property
    def is_archive(self) -> bool:
        """Whether it is meant as an archive, by its name, and be it one that cannot be read."""
        readable = ARCHIVE_ENDING.search(self.name)
        return self.folder is None and bool(readable or self.name.lower().endswith(UNREADABLE))


@dataclass(frozen=True)
class OnDisk:
    """A folder on the disk."""

    path: Path

    def entries(self) -> list[Entry]:
        found = []
        try:
            with os.scandir(self.path) as listed:
                for entry in listed:
                    if not is_junk(entry.name):
                        is_folder = entry.is_dir(follow_symlinks=False)
                        folder = OnDisk(self.path / entry.name) if is_folder else None
                        found.append(Entry(entry.name, folder, entry.is_symlink()))
        except OSError:
            return []  # whoever reads the submission says why
        return sorted(found, key=lambda entry: entry.name)

    def read(self, name: str, most: int) -> bytes:
        path = self.path / name
        try:
            if path.is_symlink() or not path.is_file():
                return b""
            with path.open("rb") as file:
                return file.read(most)
        except OSError:
            return b""


@dataclass
class Listed:
    """A folder in an archive, as far as it was listed."""

    folders: dict[str, Listed] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)  # their beginning, where it was kept
    links: set[str] = field(default_factory=set)

    def entries(self) -> list[Entry]:
        names = sorted({*self.folders, *self.files, *self.links})
        return [
            Entry(name, self.folders.get(name), name in self.links and name not in self.folders)
            for name in names
            if not is_junk(name)
        ]

    def read(self, name: str, most: int) -> bytes:
        return self.files.get(name, b"")[:most]


def find_inside(folder: Folder, package: str) -> tuple[int | None, list[tuple[str, ...]]]:
    """How far below ``folder`` its nearest package or notebook lies; without, all archives in it.

    It is looked for as far down as the package of a submission may lie.
    """
    archives: list[tuple[str, ...]] = []
    level: list[tuple[tuple[str, ...], Folder]] = [((), folder)]
    seen = 0
    for depth in range(bounds.DEPTH):
        below: list[tuple[tuple[str, ...], Folder]] = []
        for parts, current in level:
            for entry in current.entries():
                seen += 1
                if seen > bounds.MAX_ENTRIES:
                    return None, []  # whoever reads the submission says so
                where = (*parts, entry.name)
                if (entry.folder and entry.name == package) or entry.is_notebook:
                    return depth, []
                if entry.folder:
                    below.append((where, entry.folder))
                elif entry.is_archive and not entry.is_link:
                    archives.append(where)
        level = below
    return None, archives


def is_junk(name: str) -> bool:
    """Whether systems and tools leave such a thing behind, and nobody hands it in."""
    return name.startswith(".") or name.lower() in JUNK or bounds.passed_over([name])
