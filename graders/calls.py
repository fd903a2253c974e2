"""One call of a scenario: its name, its inputs, how it is written down and told from others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np

from .errors import printable
from .inputs import Array

Scenario = Callable[..., Mapping[str, Any]]
TENSOR = "$tensor"
SAID = "$said"  # names the words of refused calls, on their way to a Result
LONGEST_ARGUMENT = 120  # characters


def scenario_name(scenario: Scenario) -> str:
    """``attention.attend`` for the function ``attend`` of ``graders/scenarios/attention.py``."""
    return f"{scenario.__module__.rpartition('.')[2]}.{scenario.__name__}"


@dataclass(frozen=True, eq=False)
class Call:
    """A scenario and what it is given."""

    scenario: str
    inputs: Mapping[str, Any]

    @cached_property
    def packed(self) -> tuple[Any, dict[str, Array]]:
        """The inputs as a JSON tree and the arrays that it names (see ``unpack_inputs``)."""
        arrays: dict[str, Array] = {}

        def pack(value: Any) -> Any:
            if isinstance(value, np.ndarray):
                name = f"t{len(arrays)}"
                arrays[name] = np.asarray(value, order="C")
                return {TENSOR: name}
            if isinstance(value, dict):
                return {key: pack(item) for key, item in value.items()}
            if isinstance(value, list | tuple):
                return [pack(item) for item in value]
            return value

        return pack(dict(self.inputs)), arrays

    @cached_property
    def key(self) -> str:
        """Equal for equal calls, whatever process makes them: a digest of scenario and inputs."""
        tree, arrays = self.packed
        digest = hashlib.sha256(f"{self.scenario} {json.dumps(tree, sort_keys=True)}".encode())
        for name, array in arrays.items():
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode() + array.tobytes())
        return digest.hexdigest()[:32]

    def written(self, symbol: str) -> str:
        """The call with shapes and dtypes in place of numbers: ``f(query float64[5, 4])``."""
        return f"{symbol}({_written_arguments(self.inputs)})"


def _written_arguments(inputs: Mapping[str, Any]) -> str:
    shown = []
    for name, value in inputs.items():
        if name.startswith("cotangent"):
            continue
        several = len(value) if isinstance(value, list | dict) else 0
        if isinstance(value, np.ndarray):
            shown.append(f"{name} {value.dtype}{[*value.shape]}")
        elif several and all(isinstance(item, dict) for item in value):
            shown.append(f"{several} calls, right and wrong")
        elif several and (tensors := _count_tensors(value)):
            shown.append(f"{name} of {tensors} tensors")
        else:
            text = repr(value)
            cut = len(text) > LONGEST_ARGUMENT
            shown.append(f"{name}={text[:LONGEST_ARGUMENT]} …" if cut else f"{name}={text}")
    return ", ".join(shown)


def _count_tensors(value: Any) -> int:
    if isinstance(value, list | dict):
        items = value.values() if isinstance(value, dict) else value
        return sum(_count_tensors(item) for item in items)
    return int(isinstance(value, np.ndarray))


def unpack_inputs(tree: Any, arrays: Mapping[str, Any]) -> Any:
    """Undo ``Call.packed``, with whatever ``arrays`` holds (numpy or torch) in the named places."""
    if isinstance(tree, dict):
        if tree.keys() == {TENSOR}:
            return arrays[tree[TENSOR]]
        return {key: unpack_inputs(item, arrays) for key, item in tree.items()}
    if isinstance(tree, list):
        return [unpack_inputs(item, arrays) for item in tree]
    return tree


@dataclass(frozen=True, eq=False)
class Result:
    """What one call gave: named arrays, rebuilt from raw bytes."""

    call: Call
    tensors: Mapping[str, Array]
    said: tuple[str, ...] = field(default=(), repr=False)  # by calls that were to be refused

    def __getitem__(self, name: str) -> Array:
        return self.tensors[name]


class Refusals(dict[str, Any]):
    """What a scenario returns that makes calls which may raise, and the exception of each."""

    errors: Sequence[Exception | None] = ()


def result_of(call: Call, made: Mapping[str, Array]) -> Result:
    """What an implementation sent: tensors and, apart from them, the words of its exceptions.

    Words are for people alone. Nothing is decided by them, and of the reference none are recorded.
    """
    tensors = {name: array for name, array in made.items() if name != SAID}
    words = made.get(SAID)
    if words is None or words.dtype != np.uint8:  # a worker may send anything under this name
        return Result(call, tensors)
    text = words.tobytes().decode("utf-8", errors="replace")
    return Result(call, tensors, (*map(printable, text.split("\n")),))


class Implementation(Protocol):
    """Something that scenarios can be run on: the learner's work, the reference, a mistake."""

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        """Run ``scenario``. Raises RunFailure when there are no tensors to judge."""


@runtime_checkable
class Several(Protocol):
    """An implementation that is quicker when it is told of several runs at once."""

    def run_each(self, scenario: Scenario, runs: Sequence[Mapping[str, Any]]) -> Iterator[Result]:
        """What ``run`` gives for each of ``runs``. Raises RunFailure in place of the first that fails."""


def run_each(
    implementation: Implementation, scenario: Scenario, runs: Sequence[Mapping[str, Any]]
) -> Iterator[Result]:
    """Run a scenario several times, at once where the implementation can."""
    if isinstance(implementation, Several):
        return implementation.run_each(scenario, runs)
    return (implementation.run(scenario, **inputs) for inputs in runs)
