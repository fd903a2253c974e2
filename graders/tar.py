"""Read a .tar from somebody one does not know: no header in it costs more than it is long.

``tarfile`` takes for granted that headers are as its own. It looks for a word in a PAX header in a time
that grows with the square of the digits in a row, and of its records (before Python 3.11.10); keeps a
tuple for each hole of a file with holes; and goes through all of a global header for each entry.
"""

from __future__ import annotations

import io
import re
import tarfile
from typing import IO, Any

from . import bounds

PAX = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
ABOUT_THE_NEXT = (*PAX, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
LONGEST = 1 << 20  # bytes of a header about the next entry: a name, attributes of a system
GLOBAL = 4096  # of all headers about all entries: git writes one of 52 bytes
_RECORD = re.compile(rb"([1-9][0-9]{0,6}) (?=[^=\n]{1,200}=)")
_NUMBER = re.compile(rb"[0-9]{32}")  # as long as no time and no size
_HOLES = re.compile(rb"GNU\.sparse\.")


class TooLong(Exception):
    """More is asked of a file than an honest archive needs."""


class Tar(tarfile.TarFile):
    """A .tar; entries with holes and odd headers in it raise ``tarfile.ReadError``, long ones TooLong."""

    left = bounds.MAX_LISTING  # bytes, for all headers about the next entry
    left_global = GLOBAL


class TarEntry(tarfile.TarInfo):
    """An entry of a Tar."""

    def _proc_member(self, archive: Any) -> tarfile.TarInfo:
        # what every version of tarfile calls once it has read a header, before what follows it
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.ReadError("a file with holes is in it")
        if self.type not in ABOUT_THE_NEXT:
            return self._processed(archive)
        if not 0 <= self.size <= LONGEST:
            raise TooLong
        archive.left -= self.size
        archive.left_global -= self.size if self.type == tarfile.XGLTYPE else 0
        if archive.left < 0 or archive.left_global < 0:
            raise TooLong
        rest = archive.fileobj
        told = rest.read(-(-self.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE)
        if self.type in PAX:
            _check_pax(told[: self.size])
        archive.fileobj = _Again(told, rest)
        try:
            return self._processed(archive)
        finally:
            archive.fileobj = rest

    def _processed(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        entry: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return entry


Tar.tarinfo = TarEntry


class _Again:
    """What was read of a stream, to be read once more before the rest of it."""

    def __init__(self, start: bytes, rest: IO[bytes]) -> None:
        self._start, self._left, self._rest = io.BytesIO(start), len(start), rest

    def read(self, size: int) -> bytes:
        piece = self._start.read(size)
        self._left -= len(piece)
        return piece + self._rest.read(size - len(piece)) if len(piece) < size else piece

    def tell(self) -> int:
        return self._rest.tell() - self._left

    def seek(self, place: int) -> int:
        self.read(place - self.tell())  # always forward, in a stream
        return place


def _check_pax(told: bytes) -> None:
    """Refuse what is no row of records ``<length> <key>=<value>``, and the ones that cost too much."""
    if _NUMBER.search(told) or _HOLES.search(told):
        raise tarfile.ReadError("an entry has attributes that no file needs")
    place = 0
    while place < len(told):
        record = _RECORD.match(told, place)
        place += int(record[1]) if record else len(told)
        if not record or told[place - 1 : place] != b"\n":
            raise tarfile.ReadError("the attributes of an entry are damaged")


def starts_a_tar(start: bytes) -> bool:
    """Whether the first 512 bytes of a file are those of a .tar."""
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True
