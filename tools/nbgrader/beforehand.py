"""Reports that other processes make while nbgrader, the one writer, goes through a class."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, ClassVar

Report = dict[str, Any]


class Beforehand:
    """Takes reports as they come, in a thread, and hands them out by the name of the submission.

    In its ``with`` block it is the one that ``current`` gives.

    Args:
        reports: makes them; it ends when all are made, or with an error.
        names: of the submissions that it makes reports on.
    """

    _current: ClassVar[Beforehand | None] = None

    def __init__(self, reports: Iterator[Report], names: set[str]) -> None:
        self._reports, self._waited_for = reports, {*names}
        self._made: dict[str, Report] = {}
        self._problem: BaseException | None = None
        self._stopped = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._take)

    @classmethod
    def current(cls) -> Beforehand | None:
        """The one whose ``with`` block this is in, if any."""
        return cls._current

    def _take(self) -> None:
        try:
            for report in self._reports:
                with self._news:
                    self._made[report["submission"]] = report
                    self._news.notify_all()
                if self._stopped:
                    return
        except BaseException as problem:
            self._problem = problem
        finally:
            with self._news:
                self._waited_for.clear()
                self._news.notify_all()

    def report(self, name: str) -> Report | None:
        """The report on a submission, as soon as it is made; None if none will be.

        Raises:
            whatever has ended the making of reports.
        """
        with self._news:
            self._news.wait_for(lambda: name in self._made or name not in self._waited_for)
            if name not in self._made and self._problem:
                raise self._problem
            return self._made.pop(name, None)

    def __enter__(self) -> Beforehand:
        self._thread.start()
        Beforehand._current = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        Beforehand._current = None
        self._stopped = True
        self._thread.join()
