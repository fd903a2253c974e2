"""Archives as honest and as hostile people make them."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

Files = Mapping[str, bytes]
Pack = Callable[[Path, Files], Path]


def as_folder(target: Path, files: Files) -> Path:
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return target


def as_zip(target: Path, files: Files) -> Path:
    path = target.with_name(f"{target.name}.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def as_tar(target: Path, files: Files) -> Path:
    path = target.with_name(f"{target.name}.tar.gz")
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


PACKERS: dict[str, Pack] = {"folder": as_folder, "zip": as_zip, "tar.gz": as_tar}
ARCHIVES: dict[str, Pack] = {"zip": as_zip, "tar.gz": as_tar}


def tar_of(path: Path, entries: Iterable[tarfile.TarInfo]) -> Path:
    """A .tar.gz of entries without content: what their headers state is not there."""
    with gzip.open(path, "wb", compresslevel=1) as packed:
        for entry in entries:
            packed.write(entry.tobuf(tarfile.GNU_FORMAT))
    return path


def zip_of_empty_entries(path: Path, count: int) -> Path:
    """A .zip whose table of contents lists ``count`` entries, all alike."""
    entry = struct.pack(
        "<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
    )
    size = (len(entry) + 1) * count
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, size, 0, 0)
    path.write_bytes((entry + b"a") * count + end)
    return path


def zip_that_states(path: Path, name: str, size: int) -> Path:
    """A .zip with one entry of ``size`` bytes, as its table of contents states; it holds fewer."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"x = 1")
        archive.infolist()[0].file_size = size
    return path


def entry_of(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    """An entry of a tar that states a size and a kind; links lead to a password file."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = size, kind, "/etc/passwd"
    return entry


def zip_with_link(path: Path, name: str, to: str) -> Path:
    """A .zip with a symbolic link."""
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, to)
    return path


def tar_with_header(path: Path, kind: bytes, content: bytes, count: int = 1) -> Path:
    """A .tar.gz in which ``content`` tells of entries, as PAX does; some have holes if it says so."""
    with gzip.open(path, "wb", compresslevel=1) as packed:
        for number in range(count):
            for entry in (entry_of("about", len(content), kind), entry_of(f"a{number}.py")):
                packed.write(entry.tobuf(tarfile.GNU_FORMAT))
                packed.write(content + b"\0" * (-len(content) % 512) if entry.size else b"")
    return path


def pax_record(key: bytes, value: bytes) -> bytes:
    """``<length> <key>=<value>``, where the length counts itself."""
    rest = b" %b=%b\n" % (key, value)
    length = len(rest)
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest
