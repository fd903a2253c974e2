"""Start and end worker processes: forked from a warm zygote, or one plain process each."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..course import Limits
from ..errors import CourseError
from .folders import make_folder, remove_folder
from .order import Order
from .protection import Protection

HOUSE = str(Path(__file__).resolve().parents[2])  # the folder that holds graders/
# -E: the environment of the instructor's shell decides nothing in a worker
BOOT = (
    "import sys; sys.path[:1] = [{house!r}]; sys.argv[0] = 'worker'; "
    "from graders.worker.{module} import main; main()"
)
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "VECLIB_MAXIMUM")}
DISK_BYTES = 256 << 20  # of all files of a worker
OUTER = ("own process", "wall clock")


@dataclass(frozen=True)
class Running:
    """A worker that runs, seen from the deciding side."""

    channel: socket.socket
    pid: int
    home: Path


@dataclass(frozen=True)
class Ended:
    """How a worker ended."""

    code: int  # its exit code, negative for a signal
    why: str = ""  # the limit for which it was ended, in words


class Launcher(Protocol):
    """Where workers come from."""

    name: str
    outer: tuple[str, ...]  # the layers that it puts around workers itself, in words
    limits: Limits
    protection: Protection | None  # what was found to hold, once that was tested

    def start(self, reads: Sequence[Path] = (), imports: Sequence[str] = ()) -> Running:
        """A new worker, its channel open, that may read the folders ``reads``.

        Args:
            imports: slow modules that it will want.
        """

    def prepare(self) -> None:
        """Do now what the next workers would wait for: they are not wanted at once."""

    def end(self, worker: Running) -> Ended:
        """Kill a worker if it still lives, and remove its folder."""

    def close(self) -> None:
        """End all that was started."""


def order_for(
    launcher: Launcher, home: Path, reads: Sequence[Path], imports: Sequence[str] = ()
) -> Order:
    """What a worker of ``launcher`` is told before it locks itself down."""
    held = launcher.protection
    return Order(
        cpu_seconds=launcher.limits.submission_seconds,
        memory_bytes=launcher.limits.memory_mb << 20,
        file_bytes=64 << 20,
        disk_bytes=DISK_BYTES,
        open_files=32,
        home=str(home),
        reads=tuple(str(path.resolve()) for path in reads),
        imports=tuple(imports),
        layers=held.layers if held else None,
    )


def launcher(limits: Limits, scenarios: Sequence[str]) -> Launcher:
    """The quickest launcher that this platform has."""
    if sys.platform == "linux":  # forking torch on macOS can abort, Windows has no fork
        return ForkServer(limits, scenarios)
    return Subprocesses(limits, scenarios)


def _popen(
    module: str, arguments: Sequence[object], pass_fds: Sequence[int]
) -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if k in KEPT_ENVIRONMENT}
    environment |= ONE_THREAD | {
        "OMP_WAIT_POLICY": "PASSIVE",
        "HOME": tempfile.gettempdir(),
        "PYTHONHASHSEED": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-E", "-c", BOOT.format(house=HOUSE, module=module), *map(str, arguments)],
        stdin=subprocess.PIPE if sys.platform == "win32" else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
        env=environment,
        pass_fds=() if sys.platform == "win32" else pass_fds,
        start_new_session=True,
    )


@dataclass
class ForkServer:
    """Workers forked from a process that has torch imported: milliseconds each. Linux."""

    limits: Limits
    scenarios: Sequence[str]
    name: str = "fork"
    outer: tuple[str, ...] = (*OUTER, "watched memory and disk")
    protection: Protection | None = None
    _control: socket.socket = field(init=False)
    _zygote: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._zygote = _popen("zygote", [theirs.fileno(), *self.scenarios], [theirs.fileno()])

    def _ask(
        self, request: dict[str, object], wanted: str, descriptors: Sequence[int] = ()
    ) -> dict[str, Any]:
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], descriptors)
            while answer := self._control.recv(1 << 16):
                reply: dict[str, Any] = json.loads(answer)
                if wanted in reply:  # else it answers a request whose sender was interrupted
                    return reply
        except OSError:
            pass
        raise CourseError(
            "The process that starts workers ended by itself; nothing was graded by it. Run "
            "the command again; if it happens again, check that `python -c 'import torch'` works."
        )

    def start(self, reads: Sequence[Path] = (), imports: Sequence[str] = ()) -> Running:
        home = make_folder("worker")
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                order = order_for(self, home, reads, imports)
                request: dict[str, object] = {"fork": asdict(order)}
                return Running(ours, self._ask(request, "pid", [theirs.fileno()])["pid"], home)
            except BaseException:
                ours.close()
                remove_folder(home)
                raise

    def prepare(self) -> None:
        self._ask({"settle": True}, "settled")

    def end(self, worker: Running) -> Ended:
        worker.channel.close()
        try:
            reply = self._ask({"end": worker.pid}, "status")
            return Ended(os.waitstatus_to_exitcode(reply["status"]), reply["why"])
        except CourseError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)  # nobody else is left to do it
            raise
        finally:
            remove_folder(worker.home)

    def close(self) -> None:
        self._control.close()
        self._zygote.wait()


@dataclass
class Subprocesses:
    """One plain Python process per worker: seconds each, wherever there is no fork."""

    limits: Limits
    scenarios: Sequence[str]
    name: str = "spawn"
    outer: tuple[str, ...] = OUTER
    protection: Protection | None = None
    _alive: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, reads: Sequence[Path] = (), imports: Sequence[str] = ()) -> Running:
        home = make_folder("worker")
        ours, theirs = socket.socketpair()
        with theirs:
            order = json.dumps(asdict(order_for(self, home, reads)))
            process = _popen("serve", [theirs.fileno(), order, *self.scenarios], [theirs.fileno()])
            if sys.platform == "win32":
                assert process.stdin is not None
                with process.stdin as pipe:
                    pipe.write(theirs.share(process.pid))
        self._alive[process.pid] = process
        return Running(ours, process.pid, home)

    def prepare(self) -> None:
        """Nothing: each of them imports for itself."""

    def end(self, worker: Running) -> Ended:
        worker.channel.close()
        process = self._alive.pop(worker.pid)
        if sys.platform == "win32":
            process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        try:
            return Ended(process.wait())
        finally:
            remove_folder(worker.home)

    def close(self) -> None:
        for process in [*self._alive.values()]:
            process.kill()
            process.wait()
        self._alive.clear()


@dataclass
class Ahead(Subprocesses):
    """Has the next worker started already, so that nobody waits while it imports torch.

    For one's own work only: it is started before it is known which folders it may read.
    """

    _next: Running | None = None

    def prepare(self) -> None:
        """Start the next worker, unless it waits already."""
        if self._next is None:
            self._next = super().start()

    def start(self, reads: Sequence[Path] = (), imports: Sequence[str] = ()) -> Running:
        ready, self._next = self._next, None
        return ready or super().start(reads, imports)

    def close(self) -> None:
        if self._next is not None:
            self.end(self._next)
        super().close()
