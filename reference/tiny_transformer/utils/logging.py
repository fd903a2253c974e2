"""A training log: one JSON object a line, so that a run that is killed loses one line at most.

Format: https://jsonlines.org
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from torch import Tensor


class TrainingLogger:
    """Appends what happens in training to a file of JSON lines.

    The folder of ``path`` is made where there is none. What the file holds stays; if its last line
    was cut off, so that it does not end with a newline, the first new record still begins a line.
    """

    def __init__(self, path: str | Path, clock: Callable[[], float] = time.time) -> None:
        """
        Args:
            clock: gives the time of a record, in seconds.
        """
        ### BEGIN SOLUTION
        log = Path(path)
        log.parent.mkdir(exist_ok=True, parents=True)
        cut_off = log.is_file() and log.read_bytes()[-1:] not in (b"", b"\n")
        self._clock = clock
        self._lines = log.open("a", encoding="utf-8")
        if cut_off:
            self._lines.write("\n")
        ### END SOLUTION

    def log(self, step: int, **values: Any) -> None:
        """Write one line: an object with ``step``, ``time`` (asked of the clock once) and ``values``.

        A value is a number, a text, or a tensor with one number in it, which is written as that
        number. JSON has no NaN and no infinity: in their place stands null. When this returns, the
        line can be read in the file by others: it waits in no buffer.
        """
        ### BEGIN SOLUTION
        record: dict[str, Any] = {"step": step, "time": self._clock()}
        for key, value in values.items():
            value = value.item() if isinstance(value, Tensor) else value
            odd = isinstance(value, float) and not math.isfinite(value)
            record[key] = None if odd else value
        print(json.dumps(record), file=self._lines, flush=True)
        ### END SOLUTION

    def close(self) -> None:
        """Close the file."""
        ### BEGIN SOLUTION
        self._lines.close()
        ### END SOLUTION

    def __enter__(self) -> TrainingLogger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_log(path: str | Path) -> list[dict[str, Any]]:
    """The records of a log, one for each step, by ascending step.

    Lines that are no whole JSON object, as a run leaves that is killed while it writes, are left out.
    Several records of one step, as a resumed run writes, become one: all their values, and of those
    that share a name the one written last.
    """
    ### BEGIN SOLUTION
    by_step: dict[int, dict[str, Any]] = {}
    for line in Path(path).read_bytes().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        by_step.setdefault(record["step"], {}).update(record)
    return [by_step[step] for step in sorted(by_step)]
    ### END SOLUTION
