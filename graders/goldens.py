"""Goldens: results of the reference and of the known mistakes, recorded for a student copy.

A recording is one safetensors file per module. Calls are told apart by the digest of their inputs,
results are numbered, so nothing of an answer but numbers is in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load, save

from .answers import Answers, LiveAnswers
from .calls import Call, Implementation, Result, Scenario, scenario_name
from .check import Check
from .compare import same
from .course import Module
from .errors import CourseError
from .inputs import Array, Draw
from .mistakes import Mistake
from .outcomes import FAILURES, Outcome, RunFailure

FOLDER = ".course/goldens"
INDEX = "index"


class _Recorder:
    """Notes every call that checks make on the reference, and passes it on."""

    def __init__(self, inner: Implementation) -> None:
        self.inner = inner
        self.calls: dict[str, tuple[Scenario, dict[str, Any], Result]] = {}

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        result = self.inner.run(scenario, **inputs)
        self.calls.setdefault(result.call.key, (scenario, inputs, result))
        return result


def record(module: Module, checks: Sequence[Check], answers: LiveAnswers) -> bytes:
    """Run all checks with the reference in both places and keep what it gave.

    Of a known mistake only what differs from the reference is kept.

    Returns:
        the bytes of a safetensors file; equal input, equal bytes.
    """
    tensors: dict[str, Array] = {}
    calls: dict[str, dict[str, Any]] = {}  # by key: what the reference gave
    mistakes: dict[tuple[str, int], dict[str, Any]] = {}
    numbers: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def keep(result: Result) -> dict[str, Any]:
        return {"tensors": {name: number(tensor) for name, tensor in result.tensors.items()}}

    def number(tensor: Array) -> str:
        """The name under which a tensor is kept; equal tensors are kept once."""
        key = (tensor.dtype.str, tensor.shape, tensor.tobytes())
        name = numbers.setdefault(key, f"t{len(numbers)}")
        tensors[name] = tensor
        return name

    for check in checks:
        recorder = _Recorder(answers.reference)
        check.function(recorder, recorder, Draw(answers.seed, check.id))
        for key, (_, _, result) in recorder.calls.items():
            if key not in calls:
                calls[key] = keep(result)
        for place, (mistake, implementation) in enumerate(answers.mistakes(check.exercise)):
            entry = mistakes.setdefault(
                (check.exercise, place),
                {
                    "number": len(mistakes),
                    "mistake": vars(mistake),
                    "for": check.exercise,
                    "results": {},
                },
            )
            for key, (scenario, inputs, result) in recorder.calls.items():
                made = _made(implementation, scenario, inputs, result)
                if isinstance(made, Result):
                    made = keep(made)
                if made is not None:
                    entry["results"][key] = made
    index = {
        "module": module.id,
        "seed": answers.seed,
        "release": answers.release,
        "calls": calls,
        "mistakes": [*mistakes.values()],
    }
    # one entry only: safetensors writes several in a random order
    body: bytes = save(tensors, metadata={INDEX: json.dumps(index)})
    return body


def _made(
    mistake: Implementation, scenario: Scenario, inputs: dict[str, Any], right: Result
) -> Result | dict[str, Any] | None:
    """What a mistake gives where it differs: its result, or its failure; None where it is right."""
    try:
        made = mistake.run(scenario, **inputs)
    except RunFailure as failure:
        return {"failure": failure.outcome.value, "message": failure.digest}
    return None if same(made.tensors, right.tensors) else made


@dataclass(frozen=True)
class _Recorded:
    """An implementation that knows only what was recorded of it."""

    goldens: Goldens
    results: dict[str, Any] | None  # of a mistake; None is the reference

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        call = Call(scenario_name(scenario), inputs)
        made = (self.results or {}).get(call.key) or self.goldens.index["calls"].get(call.key)
        if made is None:
            raise CourseError(
                f"The recorded answers know nothing of this run of {call.scenario}. The checks "
                "and the recording are not of one release: get the student copy again."
            )
        if "failure" in made:
            raise FAILURES[Outcome(made["failure"])](made["message"])
        kept = self.goldens.tensors
        return Result(call, {name: kept[number] for name, number in made["tensors"].items()})


class Goldens:
    """Answers that were recorded. There is no reference behind them."""

    def __init__(self, path: Path) -> None:
        try:
            data = path.read_bytes()
            size = int.from_bytes(data[:8], "little")
            metadata = json.loads(data[8 : 8 + size])["__metadata__"]
            self.tensors = load(data)
            self.index = json.loads(metadata[INDEX])
        except FileNotFoundError:
            raise CourseError(
                f"There are no recorded answers in {path}. Get the student copy again."
            ) from None
        except (SafetensorError, ValueError, KeyError):
            raise CourseError(
                f"The recorded answers in {path} are damaged. Get the student copy again."
            ) from None
        self.seed: str = self.index["seed"]
        self.release: str = self.index["release"]
        self.reference: Implementation = _Recorded(self, None)

    standins: Mapping[str, bytes] = MappingProxyType({})  # at home, one builds on one's own work

    def mistakes(self, exercise: str) -> Sequence[tuple[Mistake, Implementation]]:
        return [
            (Mistake(**entry["mistake"]), _Recorded(self, entry["results"]))
            for entry in self.index["mistakes"]
            if entry["for"] == exercise
        ]

    def close(self) -> None:
        """Nothing was started."""


_: type[Answers] = Goldens
