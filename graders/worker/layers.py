"""What a worker does to itself before learner code runs: layer upon layer, each where it can be had.

No layer knows of another, and none takes another's place: one that has a hole, or is not there on
this machine, leaves the rest standing.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import libc, namespaces, seccomp
from .order import Order

if sys.platform != "win32":
    import resource


@dataclass(frozen=True)
class Locked:
    """Which layers are on, and why the others are not."""

    on: list[str] = field(default_factory=list)
    off: dict[str, str] = field(default_factory=dict)


class NotHere(Exception):
    """This machine does not have what a layer needs. The text says what, and the mend."""


def lock_down(order: Order, channel: int) -> Locked:
    """Put on the layers that ``order`` asks for; keep no descriptor open but ``channel``."""
    locked = Locked()
    sys.dont_write_bytecode = True
    _keep_only(channel)
    for name in LAYERS if order.layers is None else order.layers:
        try:
            LAYERS[name](order)
            locked.on.append(name)
        except Exception as error:  # whatever it was, the layer does not hold
            locked.off[name] = str(error) or type(error).__name__
    return locked


def _keep_only(channel: int) -> None:
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    if sys.platform == "win32":  # nothing else was inherited
        return
    for path in [*Path("/proc/self/fd" if sys.platform == "linux" else "/dev/fd").iterdir()]:
        if int(path.name) not in (0, 1, 2, channel):
            with contextlib.suppress(OSError):  # the one that listed them
                os.close(int(path.name))


def _own_disk(order: Order) -> None:
    _need_linux("has namespaces")
    try:
        namespaces.separate(order)
    except OSError as error:
        raise NotHere(
            f"this system refuses namespaces of one's own ({error.strerror}). Level B does without; "
            "for A, allow unprivileged user namespaces (Ubuntu: its AppArmor setting for them)"
        ) from None


def _private_folder(order: Order) -> None:
    os.chdir(order.home)
    os.environ |= dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), order.home)
    tempfile.tempdir = None


def _limit(name: str, value: int, grace: int = 0) -> None:
    if sys.platform == "win32":
        raise NotHere("Windows has no such limit: grade on Linux, for instance in WSL2")
    kind = getattr(resource, f"RLIMIT_{name}")
    _, hard = resource.getrlimit(kind)
    most = value + grace
    if hard != resource.RLIM_INFINITY:
        value, most = min(value, hard), min(most, hard)
    resource.setrlimit(kind, (value, most))


def _cpu_time(order: Order) -> None:
    # a second of grace, so that the end comes by SIGXCPU, which says why, and not by SIGKILL
    _limit("CPU", order.cpu_seconds, grace=1)


def _core_dumps(order: Order) -> None:
    _limit("CORE", 0)


def _file_size(order: Order) -> None:
    _limit("FSIZE", order.file_bytes)


def _open_files(order: Order) -> None:
    _limit("NOFILE", order.open_files)


def _memory(order: Order) -> None:
    _need_linux("counts what torch allocates")
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    _limit("DATA", pages * os.sysconf("SC_PAGE_SIZE") + order.memory_bytes)


def _need_linux(what: str) -> None:
    if sys.platform != "linux":
        raise NotHere(f"only Linux {what}: grade there, for instance in WSL2 or a container")


def _tied(order: Order) -> None:
    _need_linux("ends a process with its parent")
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)


def _privileges(order: Order) -> None:
    _need_linux("takes privileges away for good")
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    libc.drop_capabilities()


def _files(order: Order) -> None:
    _need_linux("has Landlock")
    try:
        from . import landlock
    except ImportError:
        raise NotHere("landlockpy is not installed: pip install landlockpy") from None
    if not landlock.restrict(order):
        raise NotHere(
            "this kernel offers no Landlock. Linux has it from 5.13 on: add landlock to the "
            "kernel's lsm= parameter; in a container, use a runtime that lets landlock_* calls pass"
        )


def _calls(order: Order) -> None:
    _need_linux("has seccomp")
    seccomp.install()


DISK, FILES = "own disk and network (namespaces)", "files (Landlock)"
CALLS = "network and processes (seccomp)"
LAYERS: dict[str, Callable[[Order], None]] = {
    DISK: _own_disk,  # before the folder is entered, on which it puts another
    "private folder": _private_folder,
    "cpu time": _cpu_time,
    "no core dumps": _core_dumps,
    "file size": _file_size,
    "open files": _open_files,
    "memory": _memory,
    "ends with the grader": _tied,
    "no privileges": _privileges,
    FILES: _files,
    CALLS: _calls,  # last: it refuses what the others need
}
HARD = (DISK, FILES, CALLS)  # the layers that honest work could break on
PORTABLE = ("private folder", "cpu time", "no core dumps", "file size", "open files")


def without_test() -> tuple[str, ...]:
    """The layers of a system that is not Linux, where there is nothing to be tested."""
    return PORTABLE[: 1 if sys.platform == "win32" else None]
