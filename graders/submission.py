"""Read a submission: a folder, a .zip or a .tar.gz that holds the package a learner wrote.

What comes out is a mapping of file names to bytes. Nothing of it is imported here, nothing is
followed out of it, and nothing is unpacked before its size is known to be within bounds.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .errors import CourseError

MAX_FILES = 1_000  # of the package
MAX_ENTRIES = 20_000  # looked at, of all that lies around it
MAX_BYTES = 16 << 20  # of the package
MAX_ARCHIVE = 64 << 20  # packed
MAX_UNPACKED = 512 << 20  # all that lies around the package, which is passed over
DEPTH = 3  # how far below the top the package may lie
SKIPPED = ("__pycache__", ".git", ".venv", "venv", "node_modules", ".ipynb_checkpoints")


@dataclass(frozen=True)
class Submission:
    """A learner's package, as bytes."""

    name: str
    files: Mapping[str, bytes]  # below the package, with forward slashes

    @property
    def digest(self) -> str:
        """A hash of names and bytes: equal work, equal digest."""
        digest = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()[:16]

    def write(self, folder: Path) -> None:
        """Write the package's files into ``folder``."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def read_submission(path: Path, package: str) -> Submission:
    """Find ``package`` in a folder or archive and read it.

    Raises:
        CourseError: no such path, not a submission, too large, or something in it leads outside.
    """
    if not path.exists():
        near = sorted(p.name for p in path.parent.iterdir())[:8] if path.parent.is_dir() else []
        raise CourseError(
            f"There is no {path}. Expected a folder, .zip or .tar.gz with {package}/ in it. "
            + (f"In {path.parent} there is: {', '.join(near)}." if near else "Check the path.")
        )
    if path.is_dir():
        return _from_folder(path, package)
    if path.stat().st_size > MAX_ARCHIVE:
        raise CourseError(
            f"{path} has {path.stat().st_size >> 20} MiB, expected at most {MAX_ARCHIVE >> 20}. Hand in "
            f"only {package}/, without checkpoints, data or a virtual environment."
        )
    try:
        if zipfile.is_zipfile(path):
            return _from_zip(path, package)
        if tarfile.is_tarfile(path):
            return _from_tar(path, package)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        EOFError,
        zlib.error,
        OSError,
        RuntimeError,
    ) as error:
        raise CourseError(f"{path} cannot be unpacked ({error}). Make the archive again.") from None
    raise CourseError(
        f"{path} is not a folder, a .zip or a .tar.gz. Expected one of them with {package}/ in it."
    )


# ---- a folder


def _from_folder(path: Path, package: str) -> Submission:
    folders = _find_in_folder(path, package)
    if not folders:
        found = sorted(p.name for p in path.iterdir())
        raise _wrong_layout(str(path), package, found)
    if len(folders) > 1:
        raise _ambiguous(str(path), package, [str(f.relative_to(path)) for f in folders])
    (root,) = folders
    files: dict[str, bytes] = {}
    total = 0
    for entry in _walk(root):
        name = entry.relative_to(root).as_posix()
        info = entry.lstat()
        if stat.S_ISLNK(info.st_mode):
            raise _link(str(path), f"{package}/{name}")
        if not stat.S_ISREG(info.st_mode):
            continue
        total += info.st_size
        _check_size(str(path), package, len(files) + 1, total, name)
        files[name] = entry.read_bytes()
    return Submission(path.resolve().name, files)


def _find_in_folder(path: Path, package: str) -> list[Path]:
    """Folders called ``package`` at the smallest depth that has one."""
    level, seen = [path], 0
    for _ in range(DEPTH):
        found = [
            f / package for f in level if (f / package).is_dir() and not (f / package).is_symlink()
        ]
        if found:
            return found
        below = []
        for folder in level:
            with os.scandir(folder) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MAX_ENTRIES:
                        return []
                    if entry.is_dir(follow_symlinks=False) and entry.name not in SKIPPED:
                        below.append(Path(entry.path))
        level = sorted(below)
    return []


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED)
        links = [f for f in folders if (Path(folder) / f).is_symlink()]
        for name in sorted(names) + links:
            if not name.endswith(".pyc"):
                yield Path(folder) / name


# ---- an archive


def _from_zip(path: Path, package: str) -> Submission:
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        if len(infos) > MAX_ENTRIES:
            raise _too_many_entries(path, package)
        kept = {}
        for info in infos:
            inside = _safe(path, info.filename)
            if stat.S_ISLNK(info.external_attr >> 16):
                raise _link(str(path), info.filename)
            if not info.is_dir():
                kept[inside] = info

        def read(name: PurePosixPath, left: int) -> bytes:
            with archive.open(kept[name]) as stream:
                return stream.read(left + 1)

        sizes = {name: info.file_size for name, info in kept.items()}
        return _assemble(path, package, sizes, read)


def _from_tar(path: Path, package: str) -> Submission:
    content: dict[PurePosixPath, bytes] = {}
    left, around = MAX_BYTES, 0
    with tarfile.open(path) as archive:
        for count, member in enumerate(archive, start=1):
            around += member.size
            if count > MAX_ENTRIES or around > MAX_UNPACKED:
                raise _too_many_entries(path, package)
            inside = _safe(path, member.name)
            if member.issym() or member.islnk():
                raise _link(str(path), member.name)
            if member.size > MAX_BYTES:
                raise _too_large(str(path), package, member.name, member.size)
            if package in inside.parts and member.isfile():
                stream = archive.extractfile(member)
                assert stream is not None
                content[inside] = stream.read(left + 1)
                left -= len(content[inside])
                if left < 0:
                    raise _too_large(str(path), package, member.name, member.size)
            elif member.isfile():
                content.setdefault(inside, b"")
    sizes = {name: len(data) for name, data in content.items()}
    return _assemble(path, package, sizes, lambda name, _: content[name])


def _assemble(
    path: Path,
    package: str,
    sizes: Mapping[PurePosixPath, int],
    read: Callable[[PurePosixPath, int], bytes],
) -> Submission:
    roots = {
        PurePosixPath(*name.parts[: name.parts.index(package)])
        for name in sizes
        if package in name.parts[:-1] and not any(part in SKIPPED for part in name.parts)
    }
    depth = min((len(root.parts) for root in roots), default=DEPTH)
    roots = {root for root in roots if len(root.parts) == depth}
    if depth >= DEPTH or not roots:
        raise _wrong_layout(str(path), package, sorted({name.parts[0] for name in sizes}))
    if len(roots) > 1:
        raise _ambiguous(str(path), package, [str(root / package) for root in sorted(roots)])
    root = roots.pop() / package
    files: dict[str, bytes] = {}
    total = 0
    for name in sorted(sizes):
        if not name.is_relative_to(root) or name.suffix == ".pyc" or "__pycache__" in name.parts:
            continue
        inside = name.relative_to(root).as_posix()
        total += sizes[name]
        _check_size(str(path), package, len(files) + 1, total, inside)
        content = read(name, MAX_BYTES - total + sizes[name])
        if len(content) != sizes[name]:
            raise CourseError(f"{path}: {name} is not of the size that the archive states.")
        files[inside] = content
    return Submission(path.name.partition(".")[0], files)


def _safe(path: Path, name: str) -> PurePosixPath:
    inside = PurePosixPath(name.replace("\\", "/"))
    drive = inside.parts[:1] and ":" in inside.parts[0]
    if inside.is_absolute() or ".." in inside.parts or drive:
        raise CourseError(
            f"{path}: the entry {name!r} leads out of the archive, so none of it was read. Make the "
            "archive again, from inside the folder."
        )
    return inside


# ---- what can be wrong


def _wrong_layout(path: str, package: str, found: list[str]) -> CourseError:
    shown = ", ".join(found[:8]) + (", …" if len(found) > 8 else "")
    mend = f"Hand in the folder that holds {package}/."
    if package == Path(path).name or any(name.endswith(".py") for name in found):
        mend = f"It looks like the inside of {package}/: hand in the folder above it."
    return CourseError(
        f"{path}: there is no folder {package}/ in it. Found: {shown or 'nothing, it is empty'}. {mend}"
    )


def _ambiguous(path: str, package: str, found: list[str]) -> CourseError:
    return CourseError(
        f"{path}: there are {len(found)} folders {package}/: {', '.join(found[:5])}. Name the one to "
        "grade, or hand in only one."
    )


def _link(path: str, name: str) -> CourseError:
    return CourseError(
        f"{path}: {name} is a link, and links are not followed. Put the file itself in its place."
    )


def _check_size(path: str, package: str, count: int, total: int, name: str) -> None:
    if count > MAX_FILES:
        raise CourseError(
            f"{path}: {package}/ holds more than {MAX_FILES} files. Hand in only the Python files."
        )
    if total > MAX_BYTES:
        raise _too_large(path, package, name, total)


def _too_large(path: str, package: str, name: str, size: int) -> CourseError:
    return CourseError(
        f"{path}: with {name} it comes to {size >> 20} MiB, expected at most {MAX_BYTES >> 20} in "
        f"{package}/. Take checkpoints and data out of the folder."
    )


def _too_many_entries(path: Path, package: str) -> CourseError:
    return CourseError(
        f"{path} holds more than {MAX_ENTRIES:,} entries or {MAX_UNPACKED >> 20} MiB. Hand in "
        f"only {package}/, without a virtual environment or data."
    )
