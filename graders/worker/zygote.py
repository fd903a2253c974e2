"""The zygote: a process that has imported torch once, and forks workers in milliseconds.

It never holds the reference, a golden, a seed or the parent's environment, and never runs a
backward pass or a second thread: both would break the children that it forks.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
from typing import Any

from .serve import serve, warm_up

LONE_FORKS = 2  # the worker of the reference, and that of a lone submission


def main() -> None:
    """Serve ``fork`` and ``end`` requests on the inherited control socket until it closes."""
    descriptor, *scenario_modules = sys.argv[1:]
    control = socket.socket(fileno=int(descriptor))
    preload = warm_up(scenario_modules)
    alive: set[int] = set()
    forks = 0
    while True:
        message, descriptors, *_ = socket.recv_fds(control, 1 << 16, 1)
        if not message:
            break
        request: dict[str, Any] = json.loads(message)
        if "fork" in request:
            (channel,) = descriptors
            forks += 1
            if forks > LONE_FORKS:  # a lone submission need not wait for what only may be used
                while preload:
                    importlib.import_module(preload.pop())
            child = os.fork()
            if child == 0:
                os.setsid()
                control.close()
                _work(channel, request["fork"])
            os.close(channel)
            alive.add(child)
            control.send(json.dumps({"pid": child}).encode())
        else:
            child = request["end"]
            alive.discard(child)
            control.send(json.dumps({"status": _end(child)}).encode())
    for child in alive:
        _end(child)
    os._exit(0)  # tearing torch down in order takes half a second, and nobody needs it


def _work(descriptor: int, limits: dict[str, int]) -> None:
    try:
        serve(socket.socket(fileno=descriptor), limits)
    finally:
        os._exit(0)


def _end(child: int) -> int:
    """Kill a worker and all of its process group; its wait status."""
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(child, signal.SIGKILL)  # not reaped yet, so the number is still its own
    _, status = os.waitpid(child, 0)
    return status
