"""What was handed in for a project: files that are read where the verdict is reached, and never run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .calls import Call, Result, Scenario, scenario_name
from .inputs import Array
from .outcomes import NotStarted

CONTENT = "content"


def content(files: Mapping[str, bytes], name: str) -> dict[str, Array]:
    """The bytes of a file, uint8[size]. Raises NotStarted where there is no such file."""
    if not files.get(name):
        there = ", ".join(sorted(files)[:8])
        raise NotStarted(f"there is no {name}, or nothing in it; found: {there}")
    return {CONTENT: np.frombuffer(files[name], dtype=np.uint8)}


@dataclass(frozen=True)
class HandedIn:
    """The files of a project, by name. Its scenarios are functions of these files, like ``content``."""

    files: Mapping[str, bytes]

    def start_clock(self) -> None:
        """Nothing of a learner's runs that could take long."""

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        """What ``scenario`` finds in the files. Raises RunFailure where it finds nothing to judge."""
        return Result(Call(scenario_name(scenario), inputs), scenario(self.files, **inputs))
