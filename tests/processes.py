"""Which processes a grader has, as the kernel tells it. Linux."""

from __future__ import annotations

import os
import select
from collections.abc import Iterable, Iterator
from pathlib import Path

from graders.grade import Grader
from graders.worker.launch import ForkServer

Processes = set[int]
DEAD = ("Z", "X")


def zygote(grader: Grader) -> int:
    """The process from which a grader's workers are forked."""
    assert isinstance(grader._launcher, ForkServer)
    return grader._launcher._zygote.pid


def descendants(grader: Grader) -> Processes:
    """The processes that descend from a grader's zygote."""
    return family(zygote(grader))


def family(ancestor: int) -> Processes:
    """The processes that descend from one, or share a session with one that does."""
    found = {ancestor}
    stats = sorted(_stats())
    for _ in range(10):  # generations
        sessions = {session for pid, _, session in stats if pid in found and pid == session}
        found |= {pid for pid, parent, s in stats if parent in found or s in sessions}
    return found - {ancestor}


def living(processes: Iterable[int]) -> Processes:
    """Those of some processes that live."""
    return {*processes} & {pid for pid, _, _ in _stats()}


def with_command(marker: str) -> Processes:
    """Processes that live and have ``marker`` in their command line."""
    found = set()
    for pid, _, _ in _stats():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if marker.encode() in command:
            found.add(pid)
    return found


def ended_within(seconds: float, processes: Iterable[int]) -> bool:
    """Wait until all of some processes, which need not be children, have ended."""
    for process in processes:
        try:
            descriptor = os.pidfd_open(process)
        except ProcessLookupError:
            continue
        try:
            if not select.select([descriptor], [], [], seconds)[0]:
                return False
        finally:
            os.close(descriptor)
    return True


def _stats() -> Iterator[tuple[int, int, int]]:
    """(pid, parent, session) of every process that lives."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, after = path.read_text().rpartition(") ")
        except OSError:
            continue
        state, parent, _group, session, *_ = after.split()
        if state not in DEAD:
            yield int(path.parent.name), int(parent), int(session)
