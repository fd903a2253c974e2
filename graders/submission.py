"""Read a submission: a folder, a .zip or a .tar.gz that holds the package a learner wrote.

What comes out is a mapping of file names to bytes. Nothing of it is imported here, nothing is
followed out of it, and nothing is unpacked before its size is known to be within bounds.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import bounds
from .archive import read_archive
from .errors import CourseError, printable

ARCHIVE_ENDING = re.compile(r"\.(zip|tar|tar\.gz|tgz)$", re.IGNORECASE)
BLOCK = 4096  # a file takes up to so much more than it holds


@dataclass(frozen=True)
class Submission:
    """A learner's package, as bytes."""

    name: str
    files: Mapping[str, bytes]  # below the package, with forward slashes
    note: str = ""  # where it was taken from, if there was a choice

    @property
    def digest(self) -> str:
        """A hash of names and bytes: equal work, equal digest."""
        digest = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            # a name need not be UTF-8: what is not is carried in surrogates
            digest.update(f"{name}\0{len(content)}\0".encode(errors="surrogateescape") + content)
        return digest.hexdigest()[:16]

    @property
    def size(self) -> int:
        """The bytes that it takes in a folder."""
        return sum(len(content) + BLOCK for content in self.files.values())

    def write(self, folder: Path) -> None:
        """Write the package's files into ``folder``.

        Raises:
            CourseError: names that no folder can hold, such as a file in a file.
        """
        for name, content in self.files.items():
            path = folder / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else str(error)
                raise CourseError(
                    f"{self.name}: {name} cannot be written to a folder ({why}). Give it a plain, "
                    "short name that no folder has, and hand in again."
                ) from None


def name_of(path: Path) -> str:
    """What the submission in ``path`` is called in reports, whether it can be read or not."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 -- "." and ".." have names too
    return printable(ARCHIVE_ENDING.sub("", absolute.name))


def read_submission(path: Path, package: str) -> Submission:
    """Find ``package`` in a folder or archive and read it.

    Raises:
        CourseError: no such path, not a submission, too large, or something in it leads outside.
    """
    try:
        return _read(path, package)
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read ({error.strerror or error}). Expected a folder, .zip or .tar.gz "
            f"with {package}/ in it, all of which you may read."
        ) from None


def _read(path: Path, package: str) -> Submission:
    if not path.exists():
        near = sorted(p.name for p in path.parent.iterdir())[:8] if path.parent.is_dir() else []
        raise CourseError(
            f"There is no {path}. Expected a folder, .zip or .tar.gz with {package}/ in it. "
            + (f"In {path.parent} there is: {', '.join(near)}." if near else "Check the path.")
        )
    if path.is_dir():
        return _from_folder(path, package)
    if not path.is_file():
        raise CourseError(
            f"{path} is neither a folder nor a file. Expected a folder, .zip or .tar.gz with "
            f"{package}/ in it."
        )
    return Submission(name_of(path), read_archive(path, package))


def _from_folder(path: Path, package: str) -> Submission:
    folders = find_packages(path, package)
    if len(folders) > 1:
        raise bounds.ambiguous(path, package, [str(f.relative_to(path)) for f in folders])
    files: dict[str, bytes] = {}
    total = 0
    for entry in _walk(folders):
        name = entry.relative_to(folders[0]).as_posix()
        info = entry.lstat()
        if stat.S_ISLNK(info.st_mode):
            raise bounds.link(path, f"{package}/{name}")
        if not stat.S_ISREG(info.st_mode):
            continue
        total += info.st_size
        bounds.check_size(path, package, len(files) + 1, total, name)
        files[name] = entry.read_bytes()
    if not files:
        raise bounds.wrong_layout(path, package, sorted(p.name for p in path.iterdir()))
    return Submission(name_of(path), files)


def find_packages(path: Path, package: str) -> list[Path]:
    """Folders called ``package`` at the smallest depth that has one.

    Raises:
        CourseError: one is a link, or there is more than anybody hands in.
    """
    level, seen = [path], 0
    for _ in range(bounds.DEPTH):
        found = [folder / package for folder in level if (folder / package).is_dir()]
        for folder in found:
            if folder.is_symlink():
                raise bounds.link(path, str(folder.relative_to(path)))
        if found:
            return found
        below = []
        for folder in level:
            with os.scandir(folder) as entries:
                for entry in entries:
                    seen += 1
                    if seen > bounds.MAX_ENTRIES:
                        raise bounds.too_many_entries(path, package)
                    if entry.is_dir(follow_symlinks=False) and entry.name not in bounds.SKIPPED:
                        below.append(Path(entry.path))
        level = sorted(below)
    return []


def _walk(roots: Sequence[Path]) -> Iterator[Path]:
    def stop(error: OSError) -> None:
        raise error

    for root in roots:
        for folder, folders, names in os.walk(root, onerror=stop):
            folders[:] = sorted(f for f in folders if not bounds.passed_over([f]))
            links = [f for f in folders if (Path(folder) / f).is_symlink()]
            for name in sorted(names) + links:
                if not bounds.passed_over([name]):
                    yield Path(folder) / name
