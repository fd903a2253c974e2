"""What a user asks of ``course grade``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """The options of ``course grade``, as ``course grade --help`` describes them."""

    json_file: str | None = None
    junit_file: Path | None = None
    out: Path | None = None
    student: str | None = None
    jobs: int | None = None
    cluster: str | None = None
    regrade: bool = False
    yes: bool = False
    seed: str | None = None
    level: str | None = None
    every: bool = False
    quiet: bool = False

    @property
    def wants_class(self) -> bool:
        """Whether even a lone submission is to be graded as a class of one."""
        return self.out is not None or self.cluster is not None or self.regrade
