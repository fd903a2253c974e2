"""The worker: a process that runs learner code. Nothing it says is taken at its word."""

from __future__ import annotations

import contextlib
import importlib
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..outcomes import Crashed, RunFailure
from . import frames
from .execute import execute, explain
from .loading import Package, load_package


def serve(channel: socket.socket, limits: dict[str, int]) -> None:
    """Lock this process down, say so, then answer requests until the other side is gone.

    Requests: ``load`` (name, root, package) imports an implementation; ``run`` (name, scenario,
    inputs) runs a scenario on one. Each answer repeats the request's id and holds either tensors or
    ``failure`` and ``message``.
    """
    frames.send(channel, {"ready": True, "layers": lock_down(limits)}, {})
    loaded: dict[str, tuple[Package, Path]] = {}
    with contextlib.suppress(frames.Closed):
        while True:
            request, arrays = frames.receive(channel)
            answer: dict[str, Any] = {"id": request["id"]}
            tensors: dict[str, Any] = {}
            try:
                if "root" in request:
                    name, root = request["name"], Path(request["root"])
                    loaded[name] = (
                        _load(root, request["package"], name),
                        root / request["package"],
                    )
                else:
                    package, folder = loaded[request["name"]]
                    tensors = execute(
                        request["scenario"], request["inputs"], arrays, package, folder
                    )
                frames.send(channel, answer, tensors)
            except RunFailure as failure:
                told = {"failure": failure.outcome.value, "message": failure.message}
                frames.send(channel, answer | told, {})
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


def lock_down(limits: dict[str, int]) -> list[str]:
    """Bound what this process may use. Returns the layers that are on, by name."""
    layers = ["own process", "wall clock"]
    sys.dont_write_bytecode = True
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    if sys.platform == "win32":
        return layers
    import resource

    def bound(kind: int, value: int, layer: str, grace: int = 0) -> None:
        _, hard = resource.getrlimit(kind)
        most = value + grace
        if hard != resource.RLIM_INFINITY:
            value, most = min(value, hard), min(most, hard)
        resource.setrlimit(kind, (value, most))
        layers.append(layer)

    # a second of grace, so that the end comes by SIGXCPU, which says why, and not by SIGKILL
    bound(resource.RLIMIT_CPU, limits["cpu_seconds"], "cpu time", grace=1)
    bound(resource.RLIMIT_CORE, 0, "no core dumps")
    bound(resource.RLIMIT_FSIZE, limits["file_bytes"], "file size")
    if sys.platform == "linux":  # elsewhere RLIMIT_DATA does not count what torch allocates
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        now = pages * resource.getpagesize()
        bound(resource.RLIMIT_DATA, now + limits["memory_bytes"], "memory")
    return layers


def warm_up(scenario_modules: Sequence[str]) -> list[str]:
    """Import torch, the scenarios, and what their ``NEEDED`` names: all that surely will be used.

    No backward pass and no second thread: both would break children that are forked later.

    Returns:
        what the scenarios' ``PRELOAD`` names: slow imports that only some work needs.
    """
    import torch

    torch.set_num_threads(1)
    preload: list[str] = []
    for module in scenario_modules:
        scenarios = importlib.import_module(f"graders.scenarios.{module}")
        for needed in getattr(scenarios, "NEEDED", ()):
            importlib.import_module(needed)
        preload += getattr(scenarios, "PRELOAD", ())
    return preload


def main() -> None:
    """Entry of a worker that was started as a plain process: its channel is an inherited socket."""
    handle, cpu_seconds, file_bytes, memory_bytes, *scenario_modules = sys.argv[1:]
    limits = {
        "cpu_seconds": int(cpu_seconds),
        "file_bytes": int(file_bytes),
        "memory_bytes": int(memory_bytes),
    }
    if sys.platform == "win32":
        channel = socket.fromshare(sys.stdin.buffer.read())
    else:
        channel = socket.socket(fileno=int(handle))
    warm_up(scenario_modules)
    serve(channel, limits)
