"""Conditions under which right work must pass too: another number of threads, single precision."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from graders.calls import Implementation, Result, Scenario
from graders.compare import forgiving

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
    def plain(self) -> bool:
        """Whether it is how everything is graded."""
        return self.threads == 1 and not self.single

    @property
    def single(self) -> bool:
        return self.dtype == "float32"

    @property
    def preamble(self) -> bytes:
        """What makes a worker compute so: code for the ``__init__.py`` of the package in it."""
        lines = f"\nimport torch\ntorch.set_num_threads({self.threads})\n"
        return (lines + (SINGLE if self.single else "")).encode()

    def of(self, learner: Implementation) -> Implementation:
        """The learner's side under this condition. What is expected stays in double."""
        return _GivenSingles(learner) if self.single else learner

    def comparing(self) -> AbstractContextManager[None]:
        """While it lasts, comparisons in this process forgive what singles lose."""
        return forgiving(ROUNDING) if self.single else nullcontext()


CONDITIONS = tuple(Condition(n, dtype) for dtype in ("float64", "float32") for n in (1, 2))


@dataclass(frozen=True)
class _GivenSingles:
    """An implementation that is given singles where doubles are meant."""

    inner: Implementation

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        return self.inner.run(scenario, **_as_singles(inputs))


def _as_singles(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.astype(np.float32) if value.dtype == np.float64 else value
    if isinstance(value, Mapping):
        return {key: _as_singles(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_singles(item) for item in value]
    return value
