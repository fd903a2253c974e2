"""Implementations that run in a worker, as the deciding process uses them."""

from __future__ import annotations

import math
import secrets
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..calls import Call, Result, Scenario, result_of, scenario_name
from ..errors import CourseError
from ..inputs import Array
from ..outcomes import FAILURES, Crashed, Outcome, OverLimit, RunFailure
from . import frames
from .launch import Ended, Launcher, Running

START_SECONDS = 120.0  # for a cold machine to import torch; no learner code has run by then


@dataclass
class Worker:
    """A worker process that is started when needed, and again after it ended."""

    launcher: Launcher
    reads: Sequence[Path] = ()  # the folders that it may read
    imports: Sequence[str] = ()  # slow modules that it will want
    on: list[str] = field(default_factory=list)  # its layers
    off: dict[str, str] = field(default_factory=dict)  # why others are not on
    _running: Running | None = None
    _loaded: set[str] = field(default_factory=set)

    @property
    def running(self) -> bool:
        return self._running is not None

    def start(self) -> None:
        """Start the process, if it does not run, and wait until it has locked itself down.

        Raises:
            CourseError: it does not start, or says that it could not lock itself down.
        """
        if self._running is not None:
            return
        self._running = self.launcher.start(self.reads, self.imports)
        try:
            ready, _ = self._receive(time.monotonic() + START_SECONDS)
        except (RunFailure, TimeoutError) as failure:
            raise CourseError(f"A worker could not be started: {failure or 'no answer'}.") from None
        self.on, self.off = ready["on"], ready["off"]
        if ready["ready"] is not True:
            self.end()
            why = "; ".join(f"{name}: {reason}" for name, reason in self.off.items())
            raise CourseError(
                f"A worker could not lock itself down as far as the first one did ({why}). This "
                "submission was not graded. Run the command again; `course doctor` tells more."
            )

    def load(self, name: str, root: Path, package: str, deadline: float) -> None:
        """Import the package in ``root/package`` under ``name``, unless that was done."""
        if name not in self._loaded:
            request = {"name": name, "root": str(root.resolve()), "package": package}
            if failure := _failure(self._ask(request, {}, deadline)[0]):
                raise failure
            self._loaded.add(name)

    def run(
        self, name: str, calls: Sequence[Call], deadline: float, most: int = frames.MAX_BODY
    ) -> Iterator[Result]:
        """Make calls on the package that was loaded under ``name``: one request, one answer.

        Args:
            most: bytes of the answer.

        Raises:
            RunFailure: there are no tensors to judge; in place of the first result that is missing.
            TimeoutError: the deadline passed; the process was ended.
        """
        asked = [[call.scenario, call.packed[0]] for call in calls]
        arrays = frames.together([call.packed[1] for call in calls])
        header, tensors = self._ask({"name": name, "calls": asked}, arrays, deadline, most)
        failure, done = _failure(header), len(calls)
        if failure:
            said = header.get("done")
            done = said if isinstance(said, int) and 0 <= said < done else 0
        try:
            parts = frames.apart(tensors, len(calls))
        except frames.FrameError as error:
            raise self._unreadable(error) from None
        yield from map(result_of, calls[:done], parts)
        if failure:
            raise failure

    def probe(self, targets: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Have a worker that runs nothing else try to break out; what it says of that."""
        return self._ask({"probe": targets}, {}, deadline)[0]

    def _ask(
        self,
        request: dict[str, Any],
        arrays: dict[str, Array],
        deadline: float,
        most: int = frames.MAX_ANSWER,
    ) -> frames.Frame:
        assert self._running is not None
        number = secrets.randbits(53)  # so that nothing can answer before it is asked
        try:
            message = {**request, "id": number}
            frames.send(self._running.channel, message, arrays, deadline)
        except TimeoutError:
            self.end()
            raise
        except frames.Closed:
            raise self._cause_of_end() from None
        header, tensors = self._receive(deadline, most)
        if header.get("id") != number:
            self.end()
            raise Crashed("it answered out of turn: something wrote to the grader's own channel")
        return header, tensors

    def _receive(self, deadline: float, most: int = frames.MAX_ANSWER) -> frames.Frame:
        assert self._running is not None
        try:
            return frames.receive(self._running.channel, deadline, most)
        except TimeoutError:
            self.end()
            raise
        except frames.Closed:
            raise self._cause_of_end() from None
        except frames.FrameError as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: frames.FrameError) -> Crashed:
        self.end()
        return Crashed(f"its answer cannot be read ({error})")

    def _cause_of_end(self) -> RunFailure:
        ended = self.end() or Ended(0)
        if ended.why:
            return OverLimit(ended.why)
        code = ended.code
        if code >= 0:
            said = f"it ended its process (exit status {code})"
            return Crashed(f"{said}; os._exit, maybe? Return a value instead")
        if -code == signal.SIGXCPU:
            return OverLimit("it used all the processor time that a submission may use")
        if -code == signal.SIGKILL:  # by us, or by a system that has no memory left
            return Crashed("it broke off its connection to the grader, or used up all memory")
        name = f"signal {-code} ({signal.strsignal(-code)})"
        return Crashed(f"its process was ended by {name}; endless recursion can do that")

    def end(self) -> Ended | None:
        """End the process, if it runs, and say how it ended."""
        if self._running is None:
            return None
        running, self._running = self._running, None
        self._loaded.clear()
        return self.launcher.end(running)


def _failure(answer: Mapping[str, Any]) -> RunFailure | None:
    """What a worker says went wrong, in its own words."""
    if "failure" not in answer:
        return None
    known = [kind.value for kind in FAILURES]
    outcome = answer["failure"] if answer["failure"] in known else "error"
    said = answer.get("message")
    return FAILURES[Outcome(outcome)](said if isinstance(said, str) else "it failed")


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
        return next(self.run_each(scenario, [inputs]))

    def run_each(self, scenario: Scenario, runs: Sequence[Mapping[str, Any]]) -> Iterator[Result]:
        """Run ``scenario`` on each of these inputs, in one message, with the time of one check."""
        try:
            if not self.worker.running:
                self.worker.start()
                self._load()
            calls = [Call(scenario_name(scenario), inputs) for inputs in runs]
            yield from self.worker.run(self.package, calls, self._deadline, frames.MAX_ANSWER)
        except TimeoutError:
            raise OverLimit(
                f"it did not come back within {self.seconds} s: is there an endless loop?"
            ) from None

    def _load(self) -> None:
        self.start_clock()
        try:
            self.worker.load(self.package, self.root, self.package, self._deadline)
        except RunFailure:
            self.worker.end()
            raise
        self.start_clock()


@dataclass
class Trusted:
    """Code of ours (the reference, a known mistake), run in a worker that learners never enter."""

    worker: Worker
    name: str
    root: Path
    package: str
    seconds: float = 60.0

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        """Run ``scenario``. Raises RunFailure if the code does.

        The worker serves a whole batch, and may use up the processor time that one submission has;
        then another one gets the call.
        """
        call = Call(scenario_name(scenario), inputs)
        try:
            try:
                return self._run(call)
            except OverLimit:
                if self.worker.running:  # a limit that the call itself met
                    raise
                return self._run(call)
        except TimeoutError:
            raise OverLimit(f"it did not come back within {self.seconds} s") from None

    def _run(self, call: Call) -> Result:
        self.worker.start()
        deadline = time.monotonic() + self.seconds
        self.worker.load(self.name, self.root, self.package, deadline)
        return next(self.worker.run(self.name, [call], deadline))
