"""Find out what holds on this machine: a worker tries to break out before any learner's work may."""

from __future__ import annotations

import os
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict

from .canaries import Targets
from .client import Worker
from .folders import private_folder
from .launch import Launcher
from .protection import Protection, level_of

SECONDS = 30.0
HARD = ("files", "calls")  # the layers that honest work could break on


def protect(launcher: Launcher) -> Protection:
    """What the workers of ``launcher`` are kept from. Tested once; all its workers must hold it.

    Where all layers together break honest work, the ones that could be the cause stay off.
    """
    if launcher.protection is None:
        found = _probe(launcher)
        if found.broken:
            soft = {name: words for name, words in found.layers.items() if name not in HARD}
            off = dict.fromkeys(HARD, "it breaks honest work here, see below")
            launcher.protection = Protection("D", soft, off)
            again = _probe(launcher)
            found = Protection(again.level, soft, {**found.off, **off}, again.open, found.broken)
        launcher.protection = found
    return launcher.protection


def _probe(launcher: Launcher) -> Protection:
    with ExitStack() as stack:
        outside = stack.enter_context(private_folder("outside"))
        given = stack.enter_context(private_folder("given"))
        (outside / "canary").write_text("canary")
        listening = outside / "socket"
        port = 0
        if sys.platform == "linux":
            local = stack.enter_context(socket.socket(socket.AF_UNIX))
            local.bind(str(listening))
            local.listen()
            tcp = stack.enter_context(socket.socket())
            tcp.bind(("127.0.0.1", 0))
            tcp.listen()
            port = tcp.getsockname()[1]
        targets = Targets(
            file=str(outside / "canary"),
            given=str(given),
            socket=str(listening),
            port=port,
            process=os.getpid(),
            memory_bytes=(launcher.limits.memory_mb << 20) + (1 << 30),
        )
        worker = Worker(launcher, (given,))
        worker.start()
        try:
            said = worker.probe(asdict(targets), time.monotonic() + SECONDS)
        finally:
            worker.end()
        return Protection(
            level_of(said["open"]), worker.on, worker.off, tuple(said["open"]), said["broken"]
        )
