"""Processes of ours that do one kind of work side by side, and never outlive the one that waits."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any


class _Process(SpawnProcess):
    """A fresh process that does not import again the program which started it.

    What a pool calls is in modules of ours, and nbgrader's own program takes seconds to import.
    """

    def start(self) -> None:
        program = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            super().start()
        finally:
            sys.modules["__main__"] = program


class _Context(SpawnContext):
    Process = _Process


def process_pool(
    jobs: int, begin: Callable[..., None] | None = None, *arguments: Any
) -> ProcessPoolExecutor:
    """A pool of ``jobs`` fresh processes, each of which calls ``begin(*arguments)`` first.

    Ctrl-C is left to the process that waits for them; they end when it ends, however that happens.
    ``abandon`` ends them sooner.
    """
    return ProcessPoolExecutor(jobs, _Context(), _begin, (begin, arguments))


def _begin(begin: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if begin:
        begin(*arguments)


def _stop(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
    raise SystemExit  # and not end at once: what the process does is to clean up after itself


@contextmanager
def stoppable(close: Callable[[], None]) -> Iterator[None]:
    """Around what a process of a pool is given to do: ``abandon`` ends the process, after ``close``.

    By itself a pool takes the end of what is done for what came of it, and goes on.
    """
    try:
        yield
    except SystemExit:
        close()
        os._exit(1)


def abandon(pool: ProcessPoolExecutor) -> None:
    """End a pool without waiting for what its processes do; they still clean up after themselves."""
    for process in active_children():
        process.terminate()
    pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Else a process of the pool waits for ever for what a killed parent would have given it."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
