"""Notice what an editor saves, by looking at the files often.

That takes a fifth of a millisecond a look, and works where events do not reach: network drives,
containers, WSL.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

EVERY = 0.05  # seconds from look to look
QUIET = 0.05  # seconds without a change after which a save has ended: some are written in parts
Stamps = dict[str, tuple[int, int, int]]


class Saves:
    """The Python files of a folder, watched from now on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamps = self._look()

    def _look(self) -> Stamps:
        """Time, size and number of each file that is there and holds something.

        An empty file is one that an editor is about to write.
        """
        found: Stamps = {}
        for folder, folders, names in os.walk(self._folder):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in names:
                if name.endswith(".py") and not name.startswith("."):
                    path = os.path.join(folder, name)  # noqa: PTH118 -- quicker
                    try:
                        info = os.stat(path)  # noqa: PTH116
                    except OSError:
                        continue
                    if info.st_size:
                        below = os.path.relpath(path, self._folder).replace(os.sep, "/")
                        found[below] = (info.st_mtime_ns, info.st_size, info.st_ino)
        return found

    def new(self) -> list[str]:
        """The files that were saved or added since the last look, below the folder.

        One that is being written is waited for.
        """
        saved = self._changed()
        while saved and (rest := self._unquiet(saved)) > 0:
            time.sleep(rest)
            more = self._changed()
            saved = (saved | more) & self._stamps.keys()  # what was emptied again comes anew
            if not more:
                break
        return sorted(saved)

    def _changed(self) -> set[str]:
        before, self._stamps = self._stamps, self._look()
        return {path for path, stamp in self._stamps.items() if before.get(path) != stamp}

    def _unquiet(self, files: set[str]) -> float:
        """Seconds until the last change of these files is long enough ago, by the system's clock."""
        last = max(self._stamps[path][0] for path in files) / 1e9
        return min(QUIET, last + QUIET - time.time())  # the clock of a network drive may be ahead

    def wait(self) -> Iterator[list[str]]:
        """What was saved, each time something is; without end."""
        while True:
            if saved := self.new():
                yield saved
            else:
                time.sleep(EVERY)
