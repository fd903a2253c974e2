"""Which processes a grader has, as the kernel tells it. Linux."""

from __future__ import annotations

from collections.abc import Iterator
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
    """The processes that descend from a grader's zygote, or share a session with one that did."""
    family = {zygote(grader)}
    stats = sorted(_stats())
    for _ in range(10):  # generations
        sessions = {session for pid, _, session in stats if pid in family}
        family |= {pid for pid, parent, s in stats if parent in family or s in sessions}
    return family - {zygote(grader)}


def alive(marker: str) -> list[int]:
    """Processes that live and have ``marker`` in their command line."""
    found = []
    for pid, _, _ in _stats():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if marker.encode() in command:
            found.append(pid)
    return found


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
