"""What a student copy keeps of its release: the texts as they were handed out, in one archive.

From them an exercise's stub is restored, and a later release is merged with a learner's work.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import CourseError

MANIFEST = ".course/manifest.json"
ARCHIVE = ".course/release.zip"
# what a release always decides alone; learners are told to leave it as it is
FRAME = ("graders/", "tools/", "tests/", ".course/", "course.toml")
UNMERGED = (".ipynb", ".json", ".svg")  # texts whose lines mean nothing by themselves
_DATE = (1980, 1, 1, 0, 0, 0)
AGAIN = (
    "Get a new student copy and move your own files into it: what you wrote is in the package's "
    "folder. Nothing was changed."
)


def is_text(path: str, content: bytes) -> bool:
    """Whether a file is a text whose lines can be merged."""
    if path.endswith(UNMERGED) or b"\0" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def pack(files: Mapping[str, bytes]) -> bytes:
    """An archive of what learners may change of a release; equal files give equal bytes.

    Args:
        files: of the whole release, path -> content.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:  # stored: another zlib would give other bytes
        for path in sorted(files):
            if not path.startswith(FRAME) and is_text(path, files[path]):
                info = zipfile.ZipInfo(path, _DATE)
                info.create_system = 3  # Unix, wherever it is made
                archive.writestr(info, files[path])
    return packed.getvalue()


def manifest_of(root: Path) -> dict[str, Any]:
    """What ``.course/manifest.json`` says of a copy: at least ``release``, ``modules``, ``files``.

    Raises:
        CourseError: it is missing or damaged.
    """
    path = root / MANIFEST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if (
            isinstance(told["release"], str)
            and all(isinstance(name, str) for name in told["modules"])
            and all(isinstance(digest, str) for digest in told["files"].values())
        ):
            return dict(told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise CourseError(f"{path} is missing or damaged, so the release is not known. {AGAIN}")


def texts_of(root: Path) -> dict[str, bytes]:
    """The texts of the release that a copy was made from, path -> content.

    Raises:
        CourseError: they are missing, damaged, or of another release than the copy's manifest.
    """
    known = manifest_of(root)["files"]
    path = root / ARCHIVE
    try:
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise CourseError(f"{path} is missing or damaged ({error}). {AGAIN}") from None
    for name, content in files.items():
        if known.get(name) != hashlib.sha256(content).hexdigest():
            raise CourseError(
                f"{path}: its {name} is of another release than {MANIFEST} says, so the release "
                f"is not known. {AGAIN}"
            )
    return files
