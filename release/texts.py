"""All the text in a file: source, notebook cells, metadata, archive members, hidden encodings."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import io
import json
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

DEEPEST = 4  # archives in archives, or base64 in them
LARGEST = 64 * 2**20  # bytes of one unpacked member
COMPILED = frozenset({".pyc", ".pyo", ".so", ".pyd", ".dll", ".dylib", ".o", ".a", ".pkl", ".pt"})
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")
_UNPACK: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": lambda data: gzip.GzipFile(fileobj=io.BytesIO(data)).read(LARGEST),
    b"BZh": lambda data: bz2.BZ2Decompressor().decompress(data, LARGEST),
    b"\xfd7zXZ": lambda data: lzma.LZMADecompressor().decompress(data, LARGEST),
    b"\x78\x01": lambda data: zlib.decompressobj().decompress(data, LARGEST),
    b"\x78\x9c": lambda data: zlib.decompressobj().decompress(data, LARGEST),
    b"\x78\xda": lambda data: zlib.decompressobj().decompress(data, LARGEST),
}
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]{24,}\s*)*[A-Za-z0-9+/_-]{28,}={0,2}")
_RUN = re.compile(rb"[\t\n\r\x20-\x7e]{12,}")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True)
class Text:
    """Some text, and where in the file it stands."""

    place: str  # "cell 2, outputs"; "" is the file itself
    text: str
    code: bool = False  # Python


@dataclass(frozen=True)
class Opaque:
    """A part that nobody can read, so that it may hold anything."""

    place: str
    why: str


def texts_in(path: str, data: bytes, depth: int = 0) -> Iterator[Text | Opaque]:
    """Everything in a file that could be read by somebody."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in COMPILED:
        yield Opaque("", f"a {suffix} file")
        return
    if suffix == ".safetensors":
        yield from _safetensors(data)
        return
    if _is_packed(data):
        yield from _members(data, depth)
        return
    if data.startswith(_PICTURES):
        yield from _runs("the picture's bytes", data)
        return
    text = decoded(data)
    if text is None:
        yield Opaque("", "a compiled or unknown binary file")
        return
    cells = _notebook(text) if suffix == ".ipynb" else None
    parts = [*cells] if cells else [Text("", text, suffix in (".py", ".pyi"))]
    for part in parts:
        yield part
        if isinstance(part, Text):
            yield from _hidden(part, depth)


def decoded(data: bytes) -> str | None:
    """``data`` as text, or None if it is none."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def _runs(place: str, data: bytes) -> Iterator[Text]:
    """The stretches of plain text in binary data."""
    runs = [match[0].decode() for match in _RUN.finditer(data)]
    if runs:
        yield Text(place, "\n".join(runs))


def _safetensors(data: bytes) -> Iterator[Text | Opaque]:
    size = int.from_bytes(data[:8], "little")
    header = decoded(data[8 : 8 + size])
    if len(data) < 8 + size or header is None:
        yield Opaque("", "a damaged safetensors file")
        return
    yield Text("names and metadata", header)
    yield from _runs("the tensors' bytes", data[8 + size :])


def _is_packed(data: bytes) -> bool:
    archive = data.startswith(b"PK\x03\x04") or data[257:262] == b"ustar"
    return archive or data.startswith((*_UNPACK,))


def _members(data: bytes, depth: int) -> Iterator[Text | Opaque]:
    """What is in an archive or in compressed data."""
    if depth >= DEEPEST:
        yield Opaque("", "archives inside archives, too deep to search")
        return
    try:
        for name, content in _unpacked(data):
            yield Text("names of members", name)
            if len(content) >= LARGEST:
                yield Opaque(name, "a packed file too large to search")
                continue
            for part in texts_in(name, content, depth + 1):
                place = ", ".join(filter(None, (name, part.place)))
                if isinstance(part, Text):
                    yield Text(place, part.text, part.code)
                else:
                    yield Opaque(place, part.why)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        lzma.LZMAError,
        OSError,
        EOFError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        yield Opaque("", f"an archive that cannot be read ({error})")


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.comment:
                yield "comment of the archive", archive.comment
            for info in archive.infolist():
                if not info.is_dir():
                    with archive.open(info) as member:
                        yield info.filename, member.read(LARGEST)
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for entry in tar:
                member_file = tar.extractfile(entry) if entry.isfile() else None
                if member_file:
                    yield entry.name, member_file.read(LARGEST)
    else:
        unpack = next(unpack for magic, unpack in _UNPACK.items() if data.startswith(magic))
        yield "unpacked", unpack(data)


def _notebook(text: str) -> list[Text | Opaque] | None:
    """The parts of a notebook, cell by cell; None if it is not one."""
    try:
        notebook = json.loads(text)
        cells = notebook.pop("cells")
        found: list[Text | Opaque] = []
        for number, cell in enumerate(cells, start=1):
            code = cell.get("cell_type") == "code"
            for key, value in cell.items():
                place = f"cell {number}, {key}"
                found += _packed_in(place, value)
                is_code = code and key == "source"
                found += [Text(place, text, is_code) for text in strings(value)]
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    found += [Text("the notebook's metadata", text) for text in strings(notebook)]
    return found


def strings(value: Any) -> Iterator[str]:
    """All strings in JSON data, keys too; a list of nothing but strings is one text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            yield "".join(value)
        else:
            for item in value:
                yield from strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)


def _packed_in(place: str, value: Any) -> Iterator[Opaque]:
    """Attachments and pictures in outputs that are neither text nor a picture."""
    if not isinstance(value, dict | list):
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if not (isinstance(key, str) and "/" in key) or key.startswith("text/"):
            yield from _packed_in(place, item)
            continue
        for text in strings(item):
            data = _decode(text)
            known = _is_packed(data) or data.startswith(_PICTURES)
            if not known and decoded(data) is None:
                yield Opaque(place, f"{key} that is no picture")


def _decode(text: str) -> bytes:
    squeezed = "".join(text.split()).rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    try:
        return base64.b64decode(squeezed[: len(squeezed) - (len(squeezed) % 4 == 1)] + "==")
    except (binascii.Error, ValueError):
        return b""


def _hidden(part: Text, depth: int) -> Iterator[Text | Opaque]:
    """What base64 in a text decodes to, where that is text, a picture or an archive."""
    for match in _BASE64.finditer(part.text):
        data = _decode(match[0])
        readable = decoded(data)
        place = (
            f"{part.place or f'line {part.text.count(chr(10), 0, match.start()) + 1}'}, in base64"
        )
        if readable:
            yield Text(place, readable, True)
        elif data.startswith(_PICTURES) or _is_packed(data):
            for inner in texts_in("", data, depth + 1) if depth < DEEPEST else ():
                if isinstance(inner, Text):
                    yield Text(f"{place}, {inner.place}", inner.text, inner.code)
