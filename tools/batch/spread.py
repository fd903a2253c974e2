"""Spread work over processes, here or on other machines, and have the results as they come."""

from __future__ import annotations

import itertools
import pickle
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from typing import Any, Protocol

from graders.errors import CourseError
from graders.worker.folders import in_memory, keep_folders_in, make_folder, remove_folder

from ..processes import abandon, process_pool
from .work import Settings, Work, grade_spooled, warm_up

Report = dict[str, Any]
TRIES = 2
ENDED = (
    "The process that graded it ended by itself, twice. It may do better alone: name only this one."
)
NOTHING_LASTS = (
    "The processes that grade end by themselves, each time. What was graded before is kept. Is there "
    "enough memory? --jobs 1 needs least; `course doctor` tells more."
)


class Pool(Protocol):
    """Where work is done."""

    at_once: int  # so much work it takes, to have none of it idle

    def submit(self, settings: Settings, work: Work) -> Future[Report]:
        """Have ``grade_work`` called there. Raises BrokenExecutor if it has to be renewed first."""

    def renew(self) -> None:
        """Replace what broke."""

    def __enter__(self) -> Pool: ...

    def __exit__(self, kind: object, *_: object) -> None:
        """End it. On an error, what is under way is given up."""


class LocalPool:
    """Processes on this machine."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self.at_once = 2 * jobs
        self._folder = make_folder("batch")
        self._memory = make_folder("batch", in_memory(0))
        self._pool = self._started()
        self._count = itertools.count()

    def _started(self) -> ProcessPoolExecutor:
        return process_pool(self._jobs, keep_folders_in, self._folder, self._memory)

    def prepare(self, settings: Settings) -> None:
        """Let one process start what it will grade with. What goes wrong, grading will say."""
        self._pool.submit(warm_up, settings)

    def submit(self, settings: Settings, work: Work) -> Future[Report]:
        path = self._folder / str(next(self._count))
        path.write_bytes(pickle.dumps(work))
        return self._pool.submit(grade_spooled, settings, path)

    def renew(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._started()

    def __enter__(self) -> LocalPool:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind:
            abandon(self._pool)
        self._pool.shutdown()
        for folder in (self._folder, self._memory):
            remove_folder(folder)


def spread(pool: Pool, settings: Settings, all_work: Iterable[Work]) -> Iterator[Report]:
    """The report on each submission, as JSON, in the order in which they are done.

    Only as much work as the pool takes is read ahead. What was under way when a process ended is
    done once more, one after the other; what ends its process again is an error.

    Raises:
        CourseError: nothing can be graded there.
    """
    waiting, pending = iter(all_work), dict[Future[Report], Work]()
    tries, again = Counter[str](), list[Work]()
    while True:
        broken = False
        while not broken and len(pending) < (1 if again or tries else pool.at_once):
            work = again.pop() if again else next(waiting, None)
            if work is None:
                break
            try:
                pending[pool.submit(settings, work)] = work
            except BrokenExecutor:
                broken = True
                again.append(work)
        if not pending and not broken:
            return
        for future in wait(pending, return_when=FIRST_COMPLETED).done if pending else ():
            work = pending.pop(future)
            name = work.submission.name
            try:
                yield future.result()
            except BrokenExecutor:
                broken = True
                tries[name] += 1
                if tries[name] > 2 * TRIES:
                    raise CourseError(NOTHING_LASTS) from None
                again.append(work if tries[name] < TRIES else replace(work, problem=ENDED))
            else:
                tries.pop(name, None)
        if broken and not pending:
            pool.renew()
