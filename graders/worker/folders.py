"""Private folders: empty when they are made, and gone when they are left, whatever was put in."""

from __future__ import annotations

import contextlib
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

    What lies in a folder is first moved up, so there is no recursion and no long path; links are
    not followed. Nobody may still write to it. What the system does not let go stays.
    """
    around = folder.parent
    waiting: list[Path] = []
    moved = 0
    with contextlib.suppress(OSError):
        waiting += [] if around.is_symlink() else around.iterdir()
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
