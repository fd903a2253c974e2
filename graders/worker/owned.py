"""Whose a temporary folder is: a file in it is locked for as long as the process that made it lives.

What a killed process leaves is known by that lock, which the system lets go. Unlike a process's
number it means the same in every container, and is never given to another.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

OWNER = "owner"
_held: dict[Path, int] = {}  # folder -> descriptor of its locked file


def own(folder: Path) -> None:
    """Mark ``folder`` as one that this process uses, where the system has such locks."""
    if sys.platform == "win32":
        return
    new = folder / f".{OWNER}"
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        new.rename(folder / OWNER)  # nobody ever sees it there and not locked
    except OSError:
        os.close(descriptor)
        new.unlink()
    else:
        _held[folder] = descriptor


def disown(folder: Path) -> None:
    """Take the mark away, if there is one."""
    if folder in _held:
        os.close(_held.pop(folder))
    with contextlib.suppress(OSError):
        if not folder.is_symlink():
            (folder / OWNER).unlink()


def left_in(place: Path, pattern: str) -> Iterator[Path]:
    """The marked folders of this user in ``place`` whose processes are gone.

    As long as one is looked at, nobody else gets it.
    """
    if sys.platform == "win32":
        return
    for folder in place.glob(pattern):
        with contextlib.suppress(OSError):  # the lock is held, or the folder is gone already
            info = folder.lstat()
            if stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid():
                descriptor = os.open(folder / OWNER, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
                with open(descriptor, "rb") as lock:  # noqa: PTH123 -- of a descriptor
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    yield folder
