"""Implementations that run in a worker, as the deciding process uses them."""

from __future__ import annotations

import math
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..calls import Call, Result, Scenario, scenario_name
from ..errors import CourseError
from ..outcomes import FAILURES, Crashed, Outcome, OverLimit, RunFailure
from . import frames
from .launch import Launcher, Running

START_SECONDS = 120.0  # for a cold machine to import torch; no learner code has run by then


@dataclass
class Worker:
    """A worker process that is started when needed, and again after it ended."""

    launcher: Launcher
    layers: list[str] = field(default_factory=list)
    _running: Running | None = None
    _requests: int = 0

    @property
    def running(self) -> bool:
        return self._running is not None

    def start(self) -> None:
        """Start the process, if it does not run, and wait until it has locked itself down."""
        if self._running is None:
            self._running = self.launcher.start()
            ready, _ = self._receive(time.monotonic() + START_SECONDS, "starting")
            if ready.get("ready") is not True:
                raise CourseError(f"A worker could not lock itself down: {ready}.")
            self.layers = ready["layers"]

    def ask(self, request: dict[str, Any], call: Call | None, deadline: float) -> frames.Frame:
        """One request and its answer. Raises RunFailure when there is no good answer."""
        assert self._running is not None
        self._requests += 1
        tree, arrays = call.packed if call else ({}, {})
        request |= {"id": self._requests, "inputs": tree}
        try:
            frames.send(self._running.channel, request, arrays)
        except frames.Closed:
            raise Crashed(self._cause_of_end()) from None
        header, tensors = self._receive(deadline, "running")
        if header.get("id") != self._requests:
            self.end()
            raise Crashed("it answered out of turn: something wrote to the grader's own channel")
        if "failure" in header:
            known = {kind.value for kind in FAILURES}
            outcome = header["failure"] if header["failure"] in known else "error"
            raise FAILURES[Outcome(outcome)](str(header.get("message")))
        return header, tensors

    def _receive(self, deadline: float, doing: str) -> frames.Frame:
        assert self._running is not None
        try:
            return frames.receive(self._running.channel, deadline)
        except TimeoutError:
            self.end()
            raise OverLimit(
                f"it did not come back in time ({doing}): is there an endless loop?"
            ) from None
        except frames.Closed:
            raise Crashed(self._cause_of_end()) from None
        except frames.FrameError as error:
            self.end()
            raise Crashed(f"its answer cannot be read ({error})") from None

    def _cause_of_end(self) -> str:
        status = self.end()
        if status is None or status & 0x7F == 0:
            code = (status or 0) >> 8
            return f"it ended its process (exit status {code}); os._exit, maybe? Return a value instead"
        number = status & 0x7F
        if number == signal.SIGXCPU:
            return "it used all the processor time that a submission may use"
        name = signal.Signals(number).name if number in {*signal.Signals} else f"signal {number}"
        return f"its process was ended by {name}; endless recursion or memory can do that"

    def end(self) -> int | None:
        """End the process, if it runs; its wait status."""
        if self._running is None:
            return None
        running, self._running = self._running, None
        return self.launcher.end(running)


@dataclass
class Submitted:
    """The work in ``root/package``, run in a worker of its own, within a time for each check."""

    worker: Worker
    root: Path
    package: str
    seconds: float
    _deadline: float = math.inf

    def start_clock(self) -> None:
        """A new check begins: it has the full time."""
        self._deadline = time.monotonic() + self.seconds

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        """Run ``scenario`` on the work. Raises RunFailure, as the learner should read it."""
        if not self.worker.running:
            self.worker.start()
            self.start_clock()
            request = {"name": self.package, "root": str(self.root), "package": self.package}
            try:
                self.worker.ask(request, None, self._deadline)
            except RunFailure:
                self.worker.end()
                raise
            self.start_clock()
        call = Call(scenario_name(scenario), inputs)
        request = {"name": self.package, "scenario": call.scenario}
        _, tensors = self.worker.ask(request, call, self._deadline)
        return Result(call, tensors)


@dataclass
class Trusted:
    """Code of ours (the reference, a known mistake), run in a worker that learners never enter."""

    worker: Worker
    name: str
    root: Path
    package: str
    seconds: float = 60.0
    _loaded: bool = False

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        """Run ``scenario``. Raises RunFailure if the code does."""
        deadline = time.monotonic() + self.seconds
        self.worker.start()
        if not self._loaded:
            request = {"name": self.name, "root": str(self.root), "package": self.package}
            self.worker.ask(request, None, deadline + START_SECONDS)
            self._loaded = True
        call = Call(scenario_name(scenario), inputs)
        _, tensors = self.worker.ask({"name": self.name, "scenario": call.scenario}, call, deadline)
        return Result(call, tensors)
