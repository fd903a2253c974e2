"""The archive of a class: what is in it, and its submissions on the disk.

It is streamed: no more than a table of contents and a piece of a file is in memory at a time. What
is wrong with one submission is told with that submission; the others go on.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from graders import bounds
from graders.archive import GZIP, Bounded, open_entry, safe_name
from graders.errors import CourseError
from graders.tar import Tar, TooLong, starts_a_tar

from .layout import Parts, Unit
from .lms import MAX_METADATA, METADATA
from .tree import NOTEBOOK, Listed

MAX_ENTRIES = 500_000  # 50 files of each of 10,000 learners
MAX_LISTING = 128 << 20  # what it says of its entries
MAX_BYTES = 20 << 30  # 2 MiB of each of 10,000 learners
MAX_RATIO = 100  # unpacked to packed, beyond what one submission may hold
PIECE = 1 << 18
DEEPEST = 2 * bounds.DEPTH + 1  # folders of the class, then of a submission


@dataclass(frozen=True)
class Member:
    """An entry of an archive."""

    parts: Parts
    size: int  # as the archive states it
    is_file: bool
    is_link: bool
    open: Callable[[], IO[bytes]]


class ClassTar(Tar):
    """The .tar of a class."""

    left = MAX_LISTING


def list_archive(path: Path, package: str) -> Listed | None:
    """What an archive holds, as far as submissions are looked for; None if it is no archive.

    Raises:
        CourseError: it leads outside, is encrypted, or holds more than a class hands in; it is
            damaged, and too large for one submission.
    """
    root = Listed()
    total = 0
    allowed = _allowed(path)
    try:
        for count, member in enumerate(_members(path), start=1):
            total += member.size if member.size <= bounds.MAX_ARCHIVE else 0
            if count > MAX_ENTRIES or total > allowed:
                raise TooLong
            _enlist(root, member, package)
            if package in root.folders:
                break  # it is one submission, and read as such
    except CourseError:
        raise
    except TooLong:
        raise CourseError(
            f"{path} holds more than {MAX_ENTRIES:,} entries or {allowed >> 20:,} MiB. Unpack it, "
            "and name the folder."
        ) from None
    except Exception as error:  # readers of archives raise of all kinds on damaged ones
        if path.stat().st_size <= bounds.MAX_ARCHIVE:
            return None  # read as one submission, it says what is wrong
        raise CourseError(f"{path} cannot be unpacked ({error}). Make the archive again.") from None
    return root


def _allowed(path: Path) -> int:
    return min(MAX_BYTES, bounds.MAX_UNPACKED + MAX_RATIO * path.stat().st_size)


def _enlist(root: Listed, member: Member, package: str) -> None:
    if bounds.passed_over(member.parts):
        return
    *above, name = member.parts
    in_package = package in above
    above = above[: above.index(package) + 1 if in_package else DEEPEST]
    for part in above:
        root = root.folders.setdefault(part, Listed())
    if in_package or len(above) == DEEPEST:
        return
    if member.is_link:
        root.links.add(name)
    elif not member.is_file:
        if name != package:  # that one is there if it holds a file
            root.folders.setdefault(name, Listed())
    elif name == METADATA and len(above) < bounds.DEPTH:
        root.files[name] = b""
        with (
            contextlib.suppress(Exception),
            member.open() as stream,
        ):  # damaged, it is as if missing
            root.files[name] = stream.read(MAX_METADATA + 1)
    else:
        root.files[name] = b""


def _members(path: Path) -> Iterator[Member]:
    with path.open("rb") as file:
        start = file.read(512)
        file.seek(0)
        if start.startswith(GZIP):
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield from _of_tar(path, unpacked)
        elif zipfile.is_zipfile(file):
            file.seek(0)
            yield from _of_zip(path, file)
        elif starts_a_tar(start):
            file.seek(0)
            yield from _of_tar(path, file)
        else:
            raise tarfile.ReadError("it is neither a .zip nor a .tar.gz")


def _of_zip(path: Path, file: IO[bytes]) -> Iterator[Member]:
    # a table of contents that is too long is never parsed; entries may share what they read
    bounded = Bounded(file, min(MAX_LISTING, path.stat().st_size), MAX_BYTES + MAX_LISTING)
    with zipfile.ZipFile(cast("IO[bytes]", bounded)) as archive:
        for info in archive.infolist():
            if info.flag_bits & 1:
                raise CourseError(
                    f"{path} is encrypted. Unpack it with its password, and name the folder."
                )
            inside = safe_name(path, info.filename)
            if inside.parts:
                link = stat.S_ISLNK(info.external_attr >> 16)
                yield Member(
                    inside.parts,
                    info.file_size,
                    not (link or info.is_dir()),
                    link,
                    lambda info=info: open_entry(archive, info),  # type: ignore[misc]
                )


def _of_tar(path: Path, file: IO[bytes] | gzip.GzipFile) -> Iterator[Member]:
    bounded = Bounded(file, bounds.MAX_LISTING, 2 * _allowed(path))
    with ClassTar.open(fileobj=cast("IO[bytes]", bounded), mode="r|", bufsize=PIECE) as archive:
        for info in archive:
            archive.members = []  # type: ignore[attr-defined] # it would keep all
            inside = safe_name(path, info.name)
            if inside.parts:
                yield Member(
                    inside.parts,
                    info.size,
                    info.isfile(),
                    info.issym() or info.islnk(),
                    lambda info=info: archive.extractfile(info),  # type: ignore[misc, arg-type]
                )
    while bounded.read(PIECE):  # to the end, where the checksum is
        pass


def unpack(
    path: Path, units: Sequence[Unit], targets: Mapping[Parts, Path], package: str
) -> dict[Parts, str]:
    """Write each of some submissions in an archive to its target. Returns what is wrong with some.

    Of a folder the package is written, and the notebooks in it.

    Raises:
        CourseError: there is no room.
    """
    by_parts = {unit.parts: unit for unit in units}
    listed = {unit.parts: _problem(path, unit, package) for unit in units}
    problems = {parts: str(problem) for parts, problem in listed.items() if problem}
    written = dict.fromkeys(by_parts, 0)
    for member in _members(path):
        starts = [member.parts[:length] for length in range(1, DEEPEST + 1)]
        unit = next((by_parts[start] for start in starts if start in by_parts), None)
        if unit is None or unit.parts in problems:
            continue
        try:
            _write(path, member, unit, targets[unit.parts], package, written)
        except CourseError as problem:
            problems[unit.parts] = str(problem)
        except Exception as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise CourseError(
                    f"There is no room to unpack {path} in {targets[unit.parts].parent}. Set TMPDIR "
                    "to a folder on a larger disk, or unpack it yourself and name the folder."
                ) from None
            name = "/".join(member.parts)
            why = getattr(error, "strerror", None) or error  # which names no temporary file
            problems[unit.parts] = str(
                CourseError(
                    f"{path}: {name} cannot be unpacked ({why}). Make the archive again, or "
                    "have this one handed in again."
                )
            )
    return problems


def _problem(path: Path, unit: Unit, package: str) -> CourseError | None:
    """What is wrong with a submission, as far as the listing shows it."""
    if unit.entry.is_link:
        return bounds.link(path, "/".join(unit.parts))
    if unit.entry.folder and unit.depth is None:
        found = [entry.name for entry in unit.entry.folder.entries()]
        return bounds.wrong_layout(path.joinpath(*unit.parts), package, found)
    return None


def _write(
    path: Path, member: Member, unit: Unit, target: Path, package: str, written: dict[Parts, int]
) -> None:
    inside = member.parts[len(unit.parts) :]
    where = path.joinpath(*unit.parts)
    in_package = package in inside and inside.index(package) == unit.depth
    is_notebook = inside[-1:] != () and inside[-1].endswith(NOTEBOOK) and not in_package
    if unit.entry.folder:
        near = is_notebook and len(inside) <= bounds.DEPTH
        if not (in_package or near) or bounds.passed_over(inside):
            return
    if member.is_link:
        raise bounds.link(where, "/".join(inside))
    if not member.is_file:
        return
    written[unit.parts] += 0 if is_notebook else member.size
    if not unit.entry.folder and member.size > bounds.MAX_ARCHIVE:
        raise bounds.archive_too_large(where, package, member.size)
    if unit.entry.folder and written[unit.parts] > bounds.MAX_BYTES:
        raise bounds.too_large(where, package, "/".join(inside), written[unit.parts])
    place = target.joinpath(*inside)
    place.parent.mkdir(parents=True, exist_ok=True)
    if is_notebook and member.size > bounds.MAX_ARCHIVE:
        place.touch()
        os.truncate(place, member.size)  # empty: whoever reads it says that it is too large
        return
    with member.open() as stream, place.open("wb") as out:
        shutil.copyfileobj(stream, out, PIECE)
