"""stub."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from graders.manifest import Module
from graders.report import Report


def write_reports(folder: Path, module: Module, reports: Iterable[tuple[str, Report]]) -> None:
    for _ in reports:
        pass
