"""Write all of a file or nothing of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from .errors import CourseError


class WholeFile:
    """Takes bytes, and puts them at ``path`` at the end of its ``with`` block, if that ends well.

    Args:
        durable: whether they are to be on the disk then, so that not even a power cut takes them.

    Raises:
        CourseError: it cannot be written. Then what stood at ``path`` is as before.
    """

    def __init__(self, path: Path, durable: bool = False) -> None:
        self._path, self._durable = path, durable
        self._part = path.parent / f".{path.name}.{os.getpid()}.part"

    def __enter__(self) -> WholeFile:
        with explained(self._path):
            self._file = self._part.open("wb")
        return self

    def write(self, content: bytes) -> None:
        with explained(self._path):
            self._file.write(content)

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        try:
            with explained(self._path):
                with self._file:
                    if kind is None and self._durable:
                        self._file.flush()
                        os.fsync(self._file.fileno())
                if kind is None:
                    self._part.replace(self._path)
                if kind is None and self._durable and hasattr(os, "O_DIRECTORY"):  # not on Windows
                    _sync_folder(self._path.parent)
        finally:
            self._part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Put a rename on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes, durable: bool = False) -> None:
    """Write all of a file or nothing of it; arguments as of WholeFile.

    Raises:
        CourseError: it cannot be written.
    """
    with WholeFile(path, durable) as file:
        file.write(content)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Says of an OSError, as a CourseError, that ``path`` cannot be written."""
    try:
        yield
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written ({error.strerror}). Choose another place and run again."
        ) from None
