"""Private folders: empty when they are made, and gone when they are left, whatever was put in."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path


def make_folder(kind: str) -> Path:
    """A new, empty folder that only this user can enter."""
    folder = Path(tempfile.mkdtemp(prefix=f"course-{kind}-")).resolve() / kind
    folder.mkdir()
    return folder


def remove_folder(folder: Path) -> None:
    """Remove what ``make_folder`` made and all in it, also what is nested too deep for any path.

    What lies in a folder is first moved up, so there is no recursion and no long path. Nobody may
    still write to it. What the system does not let go stays.
    """
    around = folder.parent
    waiting, moved = [folder], 0
    while waiting:
        current = waiting.pop()
        with contextlib.suppress(OSError):
            for entry in [*os.scandir(current)]:
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        os.chmod(entry, stat.S_IRWXU)  # noqa: PTH101 -- there may be a million
                        moved += 1
                        waiting.append(around / str(moved))
                        os.rename(entry, waiting[-1])  # noqa: PTH104
                    else:
                        os.unlink(entry)  # noqa: PTH108
            current.rmdir()
    with contextlib.suppress(OSError):
        around.rmdir()


@contextlib.contextmanager
def private_folder(kind: str) -> Iterator[Path]:
    """A folder from ``make_folder`` that is removed at the end."""
    folder = make_folder(kind)
    try:
        yield folder
    finally:
        remove_folder(folder)
