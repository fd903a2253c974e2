"""Private folders: empty when they are made, and gone when they are left, whatever was put in."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .owned import OWNER, disown, left_in, own

PREFIX = "course-"
SHARE = 16  # the most that one folder may take of what is free there: 1/16
_memory = Path("/dev/shm")  # Linux has a file system in memory there; others use some of it too


def make_folder(kind: str, around: Path | None = None) -> Path:
    """A new, empty folder that only this user can enter; in ``around``, or in the temporary one."""
    _remove_left(around or Path(tempfile.gettempdir()))
    outer = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{kind}-", dir=around)).resolve()
    own(outer)
    folder = outer / kind
    folder.mkdir()
    return folder


@cache
def _remove_left(place: Path) -> None:
    """Remove what processes that were killed have left in ``place``, once in the life of this one."""
    _remove_left_now(place)


def _remove_left_now(place: Path) -> None:
    for outer in left_in(place, f"{PREFIX}*"):
        if outer.name.startswith(f"{PREFIX}worker-"):
            continue  # its zygote ends the worker, and then removes it
        for folder in outer.glob("*/"):
            _remove_left_now(folder)
        if not [*outer.glob(f"*/{PREFIX}*/{OWNER}")]:  # else one in it is still in use
            remove_folder(outer / OWNER)


def remove_folder(folder: Path) -> None:
    """Remove what ``make_folder`` made and all in it, also what is nested too deep for any path.

    What lies in a folder is first moved up, so there is no recursion and no long path; links are
    not followed. Nobody may still write to it. What the system does not let go stays.
    """
    around = folder.parent
    waiting: list[Path] = []
    moved = 0
    with contextlib.suppress(OSError):
        waiting += [] if around.is_symlink() else (p for p in around.iterdir() if p.name != OWNER)
    while waiting:
        current = waiting.pop()
        with contextlib.suppress(OSError):
            if current.is_symlink() or not current.is_dir():
                current.unlink()
                continue
            current.chmod(stat.S_IRWXU)
            for path in [*current.iterdir()]:
                if path.is_dir() and not path.is_symlink():
                    path.chmod(stat.S_IRWXU)
                    moved += 1
                    waiting.append(path.rename(around / f".removed.{moved}"))
                else:
                    path.unlink()
            current.rmdir()
    disown(around)
    with contextlib.suppress(OSError):
        around.rmdir()


def keep_folders_in(disk: Path, memory: Path) -> None:
    """Have this process make its folders there, where whoever started it removes what it leaves."""
    global _memory
    tempfile.tempdir, _memory = str(disk), memory


def in_memory(size: int) -> Path | None:
    """Where ``size`` bytes can be written without a disk, or None where there is no room to spare.

    Who chose a place for temporary files (``TMPDIR``) has them there.
    """
    if os.environ.get("TMPDIR"):
        return None
    try:
        found = os.statvfs(_memory)
    except (AttributeError, OSError):  # Windows, macOS
        return None
    enough = found.f_bavail * found.f_frsize >= SHARE * size
    return _memory if enough and os.access(_memory, os.W_OK | os.X_OK) else None


@contextlib.contextmanager
def private_folder(kind: str, around: Path | None = None) -> Iterator[Path]:
    """A folder from ``make_folder`` that is removed at the end."""
    folder = make_folder(kind, around)
    try:
        yield folder
    finally:
        remove_folder(folder)
