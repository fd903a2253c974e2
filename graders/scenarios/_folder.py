"""A folder for what a scenario writes, in which paths are the same in every run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_folder() -> Iterator[Path]:
    """An empty folder, the current one while this lasts, and gone after it."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)
