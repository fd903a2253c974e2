"""Read a release that somebody handed out: a folder or a .zip with a student copy in it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graders.errors import CourseError
from graders.manifest import MANIFEST as COURSE
from graders.released import MANIFEST
from graders.staging import is_inside
from graders.toml import tomllib

LARGEST = 256 << 20  # bytes of all files of a release


@dataclass(frozen=True)
class NewRelease:
    """A release that was read and is whole."""

    id: str
    modules: tuple[str, ...]
    files: Mapping[str, bytes] = field(repr=False)  # its manifest among them

    @property
    def package(self) -> str:
        """Name of the package that learners write."""
        return str(tomllib.loads(self.files[COURSE].decode())["course"]["package"])


def read_release(path: Path) -> NewRelease:
    """Read a release and see that it is whole.

    Raises:
        CourseError: nothing is there, it is no release, or a file of it is missing or damaged.
    """
    if not path.exists():
        raise CourseError(f"There is no {path}. Expected the new release, a folder or a .zip.")
    try:
        if path.is_dir():
            return _checked(path, lambda name: (path / name).read_bytes())
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST:
                raise CourseError(f"{path} holds more than {LARGEST >> 20} MiB: it is no release.")
            tops = [n for n in archive.namelist() if f"/{n}".endswith(f"/{MANIFEST}")]
            top = min(tops, key=len, default=MANIFEST).removesuffix(MANIFEST)
            return _checked(path, lambda name: archive.read(f"{top}{name}"))
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise CourseError(
            f"{path} cannot be read as a release ({error}). Expected a folder or a .zip that "
            "`course release` made: get it again."
        ) from None


def _checked(path: Path, read: Callable[[str], bytes]) -> NewRelease:
    try:
        manifest = read(MANIFEST)
        told = json.loads(manifest)
        known = {str(name): str(digest) for name, digest in told["files"].items()}
        release, modules = str(told["release"]), tuple(map(str, told["modules"]))
    except (KeyError, FileNotFoundError):
        raise CourseError(
            f"{path} is no release: there is no whole {MANIFEST} in it. Expected a folder or a .zip "
            "that `course release` made."
        ) from None
    except (ValueError, TypeError, AttributeError):
        raise CourseError(f"{path}: its {MANIFEST} is damaged. Get the release again.") from None
    files = {MANIFEST: manifest}
    for name, digest in known.items():
        try:
            content = read(name) if is_inside(name) else b""
        except (KeyError, FileNotFoundError):
            content = b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise CourseError(
                f"{path}: {name} is missing or is not as it was released. Get the release again; a "
                "copy in which somebody worked is none."
            )
        files[name] = content
    if COURSE not in files:
        raise CourseError(f"{path} is no release: it has no {COURSE}.")
    return NewRelease(release, modules, files)
