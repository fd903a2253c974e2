"""A package of which many copies are made, each with a file or two of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from compileall import compile_dir
from pathlib import Path
from py_compile import PycInvalidationMode

from .submission import Submission


class Original:
    """The files of a package, written and compiled once; its copies share them on the disk.

    It is for code of ours, which changes no files: what a learner hands in is written out in full.
    """

    def __init__(self, root: Path, package: str, files: Mapping[str, bytes]) -> None:
        self._folder, self._package = root / package, package
        Submission(package, files).write(self._folder)
        # checked by what is in a file: a changed one can have the size and the time of the old one
        compile_dir(self._folder, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)

    def copy(self, root: Path, changed: Mapping[str, bytes]) -> None:
        """A copy of the package in the new folder ``root``, in which some files are other ones."""
        folder = root / self._package
        shutil.copytree(self._folder, folder, copy_function=_link)
        for name in changed:
            (folder / name).unlink(missing_ok=True)  # else the original would be written to
        Submission(self._package, changed).write(folder)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # there are file systems without links
        shutil.copyfile(source, target)
