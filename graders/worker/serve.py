"""The worker: a process that runs learner code. Nothing it says is taken at its word."""

from __future__ import annotations

import contextlib
import importlib
import json
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..inputs import Array
from ..outcomes import Crashed, RunFailure
from . import canaries, frames, seccomp
from .execute import execute, explain
from .layers import lock_down
from .loading import Package, load_package
from .order import Order


def serve(channel: socket.socket, order: Order) -> None:
    """Lock this process down, say so, then answer requests until the other side is gone.

    Requests: ``load`` (name, root, package) imports an implementation; ``run`` (name, calls) runs
    scenarios on one, up to the first that fails. Each answer repeats the request's id, and holds the
    tensors of what was ``done`` before the ``failure``, if there is one. ``probe`` tries the layers
    on targets, where no learner code is.
    """
    locked = lock_down(order, channel.fileno())
    ready = order.layers is None or not locked.off
    frames.send(channel, {"ready": ready, "on": locked.on, "off": locked.off}, {})
    if not ready:
        return
    loaded: dict[str, tuple[Package, Path]] = {}
    with contextlib.suppress(frames.Closed):
        while True:
            request, arrays = frames.receive(channel)
            answer: dict[str, Any] = {"id": request["id"]}
            made: list[dict[str, Array]] = []
            try:
                if "probe" in request:
                    answer |= canaries.try_all(canaries.Targets(**request["probe"]))
                elif "root" in request:
                    name, root = request["name"], Path(request["root"])
                    loaded[name] = (
                        _load(root, request["package"], name),
                        root / request["package"],
                    )
                else:
                    calls = request["calls"]
                    for call, own in zip(calls, frames.apart(arrays, len(calls)), strict=True):
                        scenario, inputs = call
                        made.append(execute(scenario, inputs, own, *loaded[request["name"]]))
            except RunFailure as failure:
                told = {"failure": failure.outcome.value, "message": failure.message}
                answer |= told | {"done": len(made)}
            try:
                frames.send(channel, answer, frames.together(made))
            except frames.FrameError as error:
                told = {"failure": "failed", "message": f"what it returned cannot be sent: {error}"}
                frames.send(channel, answer | told, {})


def _load(root: Path, package: str, name: str) -> Package:
    if str(root) not in sys.path:
        sys.path.append(str(root))  # last: a learner's own files may be imported but shadow nothing
    try:
        return load_package(root, package, name)
    except Crashed:
        raise
    except BaseException as error:
        raise explain(error, root / package) from error


def warm_up(scenario_modules: Sequence[str]) -> None:
    """Import torch, the scenarios, and what their ``NEEDED`` names: all that surely will be used.

    No backward pass and no second thread: both would break children that are forked later.
    """
    import torch

    torch.set_num_threads(1)
    with contextlib.suppress(ImportError):
        from . import landlock

        landlock.prepare()
    seccomp.prepare()
    for module in scenario_modules:
        scenarios = importlib.import_module(f"graders.scenarios.{module}")
        for needed in getattr(scenarios, "NEEDED", ()):
            importlib.import_module(needed)


def main() -> None:
    """Entry of a worker that was started as a plain process: its channel is an inherited socket."""
    handle, order, *scenario_modules = sys.argv[1:]
    if sys.platform == "win32":
        channel = socket.fromshare(sys.stdin.buffer.read())
    else:
        channel = socket.socket(fileno=int(handle))
    warm_up(scenario_modules)
    serve(channel, Order(**json.loads(order)))
