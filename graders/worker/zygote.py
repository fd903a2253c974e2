"""The zygote: a process that has imported torch once, and forks workers in milliseconds.

It never holds the reference, a golden, a seed or the parent's environment, and never runs a
backward pass or a second thread: both would break the children that it forks. It also watches what
its workers use.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from . import libc
from .folders import remove_folder
from .order import Order
from .pages import settle
from .serve import serve, warm_up
from .watch import excess, memory_of

FEW_FORKS = 12  # which need not wait for what pays off after some twenty
WATCH_SECONDS = 0.1


def main() -> None:
    """Serve ``fork``, ``settle`` and ``end`` requests on the inherited control socket until it closes."""
    descriptor, *scenario_modules = sys.argv[1:]
    control = socket.socket(fileno=int(descriptor))
    libc.hide()  # nobody but root looks into it, or into its workers
    warm_up(scenario_modules)
    if (threads := len([*Path("/proc/self/task").iterdir()])) != 1:
        sys.exit(f"{threads} threads run after the imports, and forked workers could hang")
    alive: dict[int, Order] = {}
    with contextlib.suppress(ConnectionError):  # the other side was killed: reset, or no reader
        _serve_requests(control, alive)
    for child, order in alive.items():
        _end(child)
        remove_folder(Path(order.home))  # nobody else may be left to do it
    os._exit(0)  # tearing torch down in order takes half a second, and nobody needs it


def _serve_requests(control: socket.socket, alive: dict[int, Order]) -> None:
    """Until the other side is gone. ``alive`` holds the workers that run."""
    over: dict[int, str] = {}
    memory = memory_of(os.getpid())
    forks, settled = 0, False
    while True:
        if not select.select([control], [], [], WATCH_SECONDS if alive else None)[0]:
            for child, order in alive.items():
                if child not in over and (why := excess(child, order, memory)):
                    over[child] = why
                    _kill(child)
            continue
        message, descriptors, *_ = socket.recv_fds(control, 1 << 16, 1)
        if not message:
            return
        request: dict[str, Any] = json.loads(message)
        wanted = Order(**request["fork"]) if "fork" in request else None
        forks += wanted is not None
        for module in wanted.imports if wanted else ():
            if module not in sys.modules:
                importlib.import_module(module)
                memory, settled = memory_of(os.getpid()), False
        if not settled and ("settle" in request or forks > FEW_FORKS):
            settle()
            memory, settled = memory_of(os.getpid()), True
        if "settle" in request:
            control.send(b'{"settled": true}')
        elif wanted:
            (channel,) = descriptors
            child = os.fork()
            if child == 0:
                os.setsid()
                control.close()
                _work(channel, wanted)
            os.close(channel)
            alive[child] = wanted
            control.send(json.dumps({"pid": child}).encode())
        else:
            child = request["end"]
            del alive[child]
            status = _end(child)
            control.send(json.dumps({"status": status, "why": over.pop(child, "")}).encode())


def _work(descriptor: int, order: Order) -> None:
    try:
        serve(socket.socket(fileno=descriptor), order)
    finally:
        os._exit(0)


def _kill(child: int) -> None:
    """Kill a worker and all of its process group."""
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(child, signal.SIGKILL)  # not reaped yet, so the number is still its own


def _end(child: int) -> int:
    """Kill a worker, and return its wait status."""
    _kill(child)
    _, status = os.waitpid(child, 0)
    return status
