"""What a worker must not be able to do, tried; and what honest work needs, tried too.

Run in a worker of its own that never sees learner code, behind the same layers as all others.
"""

from __future__ import annotations

import importlib
import mmap
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILES, NETWORK, PROCESSES, MEMORY, DISK = "files", "network", "processes", "memory", "disk"

RARE = ("tabnanny", "zipapp", "poplib", "wave")  # modules of Python's own that little else needs


@dataclass(frozen=True)
class Targets:
    """What the deciding process set up to be reached for."""

    file: str  # in a folder that no worker may touch
    given: str  # a folder that this worker may read
    socket: str  # the abstract address of a Unix socket that listens
    port: int  # a TCP port of this machine that listens
    process: int  # a process of the same user
    memory_bytes: int  # more than a worker may have
    disk_bytes: int  # the most that its files may take


def _read(targets: Targets) -> None:
    Path(targets.file).read_bytes()


def _list(targets: Targets) -> None:
    [*Path(targets.file).parent.iterdir()]


def _read_the_system(targets: Targets) -> None:
    Path("/etc/passwd").read_bytes()


def _write(targets: Targets) -> None:
    Path(targets.file).open("ab").close()


def _write_beside(targets: Targets) -> None:
    Path(targets.file).with_name("made").touch()


def _write_to_the_given(targets: Targets) -> None:
    (Path(targets.given) / "made").touch()


def _change_mode(targets: Targets) -> None:
    Path(targets.file).chmod(0o600)


def _shorten(targets: Targets) -> None:
    os.truncate(targets.file, 0)


def _connect(kind: int, family: int, address: Any) -> None:
    with socket.socket(family, kind) as channel:
        channel.settimeout(1)
        channel.connect(address)


def _connect_by_tcp(targets: Targets) -> None:
    _connect(socket.SOCK_STREAM, socket.AF_INET, ("127.0.0.1", targets.port))


def _connect_by_udp(targets: Targets) -> None:
    _connect(socket.SOCK_DGRAM, socket.AF_INET, ("127.0.0.1", targets.port))


def _connect_locally(targets: Targets) -> None:
    _connect(socket.SOCK_STREAM, socket.AF_UNIX, targets.socket.encode())


def _fork(targets: Targets) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _run_a_program(targets: Targets) -> None:
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


def _signal(targets: Targets) -> None:
    os.kill(targets.process, 0)


def _look_into(targets: Targets) -> None:
    Path(f"/proc/{targets.process}/environ").read_bytes()


def _take_memory(targets: Targets) -> None:
    mmap.mmap(-1, targets.memory_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()


def _share_memory(targets: Targets) -> None:
    mmap.mmap(-1, targets.memory_bytes, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS).close()


def _fill_the_disk(targets: Targets) -> None:
    room = os.statvfs(".")
    assert room.f_blocks * room.f_frsize > targets.disk_bytes


ATTEMPTS: dict[str, tuple[str, Callable[[Targets], None]]] = {
    "read a file": (FILES, _read),
    "list a folder": (FILES, _list),
    "read the system's settings": (FILES, _read_the_system),
    "write a file": (FILES, _write),
    "make a file": (FILES, _write_beside),
    "change a submission": (FILES, _write_to_the_given),
    "change a file's mode": (FILES, _change_mode),
    "empty a file": (FILES, _shorten),
    "connect by TCP": (NETWORK, _connect_by_tcp),
    "connect by UDP": (NETWORK, _connect_by_udp),
    "connect to a local socket": (NETWORK, _connect_locally),
    "start a process": (PROCESSES, _fork),
    "run a program": (PROCESSES, _run_a_program),
    "signal another process": (PROCESSES, _signal),
    "look into another process": (PROCESSES, _look_into),
    "take more memory than it may": (MEMORY, _take_memory),
    "take memory that is not counted": (MEMORY, _share_memory),
    "fill the disk with deleted files": (DISK, _fill_the_disk),
}


def _read_the_given(targets: Targets) -> None:
    [*Path(targets.given).iterdir()]


def _write_own(targets: Targets) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * 4096)


def _import_late(targets: Targets) -> None:
    importlib.import_module(next(name for name in RARE if name not in sys.modules))


def _use_a_thread(targets: Targets) -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.set)
    thread.start()
    thread.join()
    assert done.is_set()


def _learn(targets: Targets) -> None:
    import torch

    weight = torch.ones(2, 2, requires_grad=True)
    torch.autograd.grad((weight @ weight).sum(), [weight])


HONEST: dict[str, Callable[[Targets], None]] = {
    "read what it is given": _read_the_given,
    "write to its own folder": _write_own,
    "import a module": _import_late,
    "run a thread": _use_a_thread,
    "differentiate": _learn,
}


def try_all(targets: Targets) -> dict[str, Any]:
    """Try everything: ``open`` names what got through, ``broken`` why honest work does not."""
    found: dict[str, Any] = {"open": [], "broken": {}}
    for name, honest in HONEST.items():
        try:
            honest(targets)
        except Exception as error:
            found["broken"][name] = f"{type(error).__name__}: {error}"
    for name, (_, attempt) in ATTEMPTS.items():
        try:
            attempt(targets)
        except Exception:
            continue
        found["open"].append(name)
    return found
