"""Conditions under which right work must pass too: another number of threads, single precision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from graders.calls import Implementation, Result, Scenario
from graders.compare import TOLERANCE

SINGLE = """
torch.float64 = torch.double = torch.float32
torch.Tensor.double = torch.Tensor.float
torch.nn.Module.double = torch.nn.Module.float
"""


ROUNDING = 1e-3  # of singles, after sums, differences and a softmax of scores of thousands


@dataclass(frozen=True)
class Condition:
    """How a worker computes."""

    threads: int
    dtype: str  # "float64", or "float32": then all that checks ask in double is done in single

    @property
    def preamble(self) -> bytes:
        """What makes a worker compute so: code for the ``__init__.py`` of the package in it."""
        lines = f"\nimport torch\ntorch.set_num_threads({self.threads})\n"
        return (lines + (SINGLE if self.dtype == "float32" else "")).encode()

    def of_learner(self, learner: Implementation) -> Implementation:
        return _Cast(learner, inputs=True) if self.dtype == "float32" else learner

    def of_reference(self, reference: Implementation) -> Implementation:
        """The reference computes in double; what it gives is rounded where that is compared."""
        return _Cast(reference, inputs=False) if self.dtype == "float32" else reference

    @contextmanager
    def tolerance(self) -> Iterator[None]:
        """While it lasts, comparisons in this process forgive what singles lose."""
        before = dict(TOLERANCE)
        if self.dtype == "float32":
            TOLERANCE.update(float64=ROUNDING, float32=ROUNDING)
        try:
            yield
        finally:
            TOLERANCE.update(before)


CONDITIONS = tuple(Condition(n, dtype) for dtype in ("float64", "float32") for n in (1, 2))


@dataclass(frozen=True)
class _Cast:
    """An implementation that is given singles for doubles, or whose results are made singles."""

    inner: Implementation
    inputs: bool

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        if self.inputs:
            return self.inner.run(scenario, **_cast(inputs))
        result = self.inner.run(scenario, **inputs)
        return Result(result.call, _cast(result.tensors))


def _cast(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.astype(np.float32) if value.dtype == np.float64 else value
    if isinstance(value, Mapping):
        return {key: _cast(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cast(item) for item in value]
    return value
