"""Find out what holds on this machine: a worker tries to break out before any learner's work may."""

from __future__ import annotations

import os
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, replace

from .canaries import Targets
from .client import Worker
from .folders import private_folder
from .launch import DISK_BYTES, Launcher
from .layers import HARD, without_test
from .protection import Protection, level_of

SECONDS = 30.0
NOT_LINUX = "only Linux has it: grade there, for instance in WSL2 or a container"
BREAKS = "it breaks honest work on this machine"


def protect(launcher: Launcher) -> Protection:
    """What the workers of ``launcher`` are kept from. Tested once; all its workers must hold it.

    Where all layers together break honest work, the ones that could be the cause stay off.
    """
    if launcher.protection is None and sys.platform != "linux":
        off = dict.fromkeys(HARD, NOT_LINUX)
        launcher.protection = Protection("D", without_test(), off, tried=False)
    if launcher.protection is None:
        found = _probe(launcher)
        if found.broken:
            soft = tuple(name for name in found.layers if name not in HARD)
            launcher.protection = Protection("D", soft)
            off = {**found.off, **dict.fromkeys(HARD, BREAKS)}
            found = replace(_probe(launcher), off=off, broken=found.broken)
        launcher.protection = found
    return launcher.protection


def _probe(launcher: Launcher) -> Protection:
    with ExitStack() as stack:
        outside = stack.enter_context(private_folder("outside"))
        given = stack.enter_context(private_folder("given"))
        (outside / "canary").write_text("canary")
        local = stack.enter_context(socket.socket(socket.AF_UNIX))
        local.bind("")  # to an abstract address of the kernel's choice
        local.listen()
        tcp = stack.enter_context(socket.socket())
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        targets = Targets(
            file=str(outside / "canary"),
            given=str(given),
            socket=local.getsockname().decode(),
            port=tcp.getsockname()[1],
            process=os.getpid(),
            memory_bytes=(launcher.limits.memory_mb << 20) + (1 << 30),
            disk_bytes=DISK_BYTES,
        )
        worker = Worker(launcher, (given,))
        worker.start()
        try:
            said = worker.probe(asdict(targets), time.monotonic() + SECONDS)
        finally:
            worker.end()
        reached = tuple(said["open"])
        return Protection(level_of(reached), tuple(worker.on), worker.off, reached, said["broken"])
