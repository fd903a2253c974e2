"""Read a learner's package out of a .zip or .tar.gz, without ever unpacking one on the disk.

An archive is written by whoever hands it in: sizes that it states are checked before anything is
read, and what it takes to read its table of contents is bounded as well.
"""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Generic, TypeVar, cast

from . import bounds
from .errors import CourseError
from .tar import Tar, TooLong, starts_a_tar

GZIP = b"\x1f\x8b"
LONGEST_NAME = 4096  # characters, of a path

T = TypeVar("T")
Sizes = Mapping[PurePosixPath, int]  # of all files, as the archive states them
Read = Callable[[PurePosixPath, int], bytes]  # a file, and how many bytes are the most


@dataclass(frozen=True)
class _Wanted(Generic[T]):
    """What is looked for in an archive. Of all else only names and sizes are known."""

    package: str  # in words about what is refused
    is_in: Callable[[PurePosixPath], bool]
    most: int  # bytes together
    too_large: Callable[[str, int], CourseError]
    take: Callable[[Sizes, Read], T]


def read_archive(path: Path, package: str) -> dict[str, bytes]:
    """The files of ``package`` in an archive, by their names below it.

    Raises:
        CourseError: not an archive, damaged, too large, without a package, or leading outside.
    """
    return _read(
        path,
        _Wanted(
            package,
            lambda inside: package in inside.parts,
            bounds.MAX_BYTES,
            partial(bounds.too_large, path, package),
            partial(_assemble, path, package),
        ),
    )


def read_files(
    path: Path,
    package: str,
    is_in: Callable[[PurePosixPath], bool],
    most: int,
    too_large: Callable[[str, int], CourseError],
) -> dict[PurePosixPath, bytes | None]:
    """All files of an archive, by where they lie in it; of some also what they hold.

    Args:
        package: what an archive is expected to hold, in words about one that is refused.
        is_in: says of which.
        most: bytes of all of those.
        too_large: the words for one that is more, or makes them more.

    Raises:
        CourseError: not an archive, damaged, too large, or leading outside.
    """

    def take(sizes: Sizes, read: Read) -> dict[PurePosixPath, bytes | None]:
        wanted = [name for name in sizes if not bounds.passed_over(name.parts)]
        files: dict[PurePosixPath, bytes | None] = dict.fromkeys(sorted(wanted))
        left = most
        for name in filter(is_in, files):
            if sizes[name] > left:
                raise too_large(str(name), sizes[name])
            files[name] = _whole(path, name, sizes[name], read(name, left))
            left -= sizes[name]
        return files

    return _read(path, _Wanted(package, is_in, most, too_large, take))


def _read(path: Path, wanted: _Wanted[T]) -> T:
    if path.stat().st_size > bounds.MAX_ARCHIVE:
        raise bounds.archive_too_large(path, wanted.package, path.stat().st_size)
    with path.open("rb") as file:
        start = file.read(512)
        file.seek(0)
        try:
            if start.startswith(GZIP):
                with gzip.GzipFile(fileobj=file) as unpacked:
                    return _from_tar(path, wanted, unpacked)
            if zipfile.is_zipfile(file):
                file.seek(0)
                return _from_zip(path, wanted, file)
            file.seek(0)
            if starts_a_tar(start):
                return _from_tar(path, wanted, file)
        except CourseError:
            raise
        except TooLong:
            raise bounds.too_many_entries(path, wanted.package) from None
        except Exception as error:  # readers of archives raise of all kinds on damaged ones
            raise CourseError(
                f"{path} cannot be unpacked ({error}). Make the archive again."
            ) from None
    raise CourseError(
        f"{path} is not a folder, a .zip or a .tar.gz. Expected one of them with {wanted.package}/ "
        "in it."
    )


class Bounded(io.RawIOBase):
    """A file that hands out at most ``at_once`` in one piece and ``in_all`` together."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile, at_once: int, in_all: int) -> None:
        self.at_once = at_once
        self._file, self._left = file, in_all

    def read(self, size: int | None = -1, /) -> bytes:
        most = self.at_once + 1
        piece = self._file.read(most if size is None or size < 0 else min(size, most))
        self._left -= len(piece)
        if len(piece) == most or self._left < 0:
            raise TooLong
        return piece

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


def _from_zip(path: Path, wanted: _Wanted[T], file: IO[bytes]) -> T:
    # a table of contents that is too long is never parsed
    bounded = Bounded(file, bounds.MAX_LISTING, 2 * bounds.MAX_ARCHIVE)
    with zipfile.ZipFile(cast("IO[bytes]", bounded)) as archive:
        bounded.at_once = bounds.MAX_BYTES
        infos = archive.infolist()
        if len(infos) > bounds.MAX_ENTRIES:
            raise bounds.too_many_entries(path, wanted.package)
        kept = {}
        for info in infos:
            inside = safe_name(path, info.filename)
            if stat.S_ISLNK(info.external_attr >> 16):
                raise bounds.link(path, info.filename)
            if inside.parts and not info.is_dir():
                kept[inside] = info

        def read(name: PurePosixPath, left: int) -> bytes:
            with open_entry(archive, kept[name]) as stream:
                return stream.read(left + 1)

        sizes = {name: info.file_size for name, info in kept.items()}
        return wanted.take(sizes, read)


def open_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """Open an entry of a .zip, unless it is packed so that reading a little may give gigabytes.

    Raises:
        NotImplementedError: it is.
    """
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError(f"{info.filename} is not packed by the common method, deflate")
    return archive.open(info)


def _from_tar(path: Path, wanted: _Wanted[T], file: IO[bytes] | gzip.GzipFile) -> T:
    content: dict[PurePosixPath, bytes] = {}
    left, around = wanted.most, 0
    bounded = Bounded(file, bounds.MAX_LISTING, bounds.MAX_UNPACKED * 2)
    # "r|": read once from front to back, so that no entry makes it unpack the others again
    with Tar.open(fileobj=cast("IO[bytes]", bounded), mode="r|") as archive:
        for count, member in enumerate(archive, start=1):
            archive.members = []  # type: ignore[attr-defined] # it would keep all
            inside = safe_name(path, member.name)
            if member.issym() or member.islnk():
                raise bounds.link(path, member.name)
            is_in = wanted.is_in(inside) and not bounds.passed_over(inside.parts)
            if is_in and member.size > left:
                raise wanted.too_large(member.name, member.size)
            around += member.size
            if count > bounds.MAX_ENTRIES or around > bounds.MAX_UNPACKED:
                raise bounds.too_many_entries(path, wanted.package)
            if not member.isfile() or not inside.parts:
                continue
            if not is_in:
                content.setdefault(inside, b"")
                continue
            stream = archive.extractfile(member)
            assert stream is not None
            content[inside] = stream.read()
            left -= len(content[inside])
    while bounded.read(1 << 16):  # to the end, where the checksum is
        pass
    sizes = {name: len(data) for name, data in content.items()}
    return wanted.take(sizes, lambda name, _: content[name])


def _assemble(path: Path, package: str, sizes: Sizes, read: Read) -> dict[str, bytes]:
    wanted = sorted(name for name in sizes if not bounds.passed_over(name.parts))
    roots = {
        PurePosixPath(*name.parts[: name.parts.index(package)])
        for name in wanted
        if package in name.parts[:-1]
    }
    depth = min((len(root.parts) for root in roots), default=bounds.DEPTH)
    roots = {root for root in roots if len(root.parts) == depth}
    if depth >= bounds.DEPTH or not roots:
        raise bounds.wrong_layout(path, package, sorted({name.parts[0] for name in sizes}))
    if len(roots) > 1:
        raise bounds.ambiguous(path, package, [str(root / package) for root in sorted(roots)])
    root = roots.pop() / package
    files: dict[str, bytes] = {}
    total = 0
    for name in wanted:
        if not name.is_relative_to(root):
            continue
        inside = name.relative_to(root).as_posix()
        total += sizes[name]
        bounds.check_size(path, package, len(files) + 1, total, inside)
        content = read(name, bounds.MAX_BYTES - total + sizes[name])
        files[inside] = _whole(path, name, sizes[name], content)
    return files


def _whole(path: Path, name: PurePosixPath, size: int, content: bytes) -> bytes:
    if len(content) != size:
        raise CourseError(f"{path}: {name} is not of the size that the archive states.")
    return content


def safe_name(path: Path, name: str) -> PurePosixPath:
    """Where an entry lies in the archive ``path``, with forward slashes.

    Raises:
        CourseError: it lies outside, or has a name that no system takes.
    """
    if len(name) > LONGEST_NAME:
        raise CourseError(
            f"{path}: an entry has a name of {len(name):,} characters, expected at most "
            f"{LONGEST_NAME:,}. Make the archive again."
        )
    inside = PurePosixPath(name.replace("\\", "/"))
    drive = inside.parts[:1] and ":" in inside.parts[0]
    if inside.is_absolute() or ".." in inside.parts or drive:
        raise CourseError(
            f"{path}: the entry {name!r} leads out of the archive, so none of it was read. Make the "
            "archive again, from inside the folder."
        )
    return inside
