"""stub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Handed:
    student: str
    path: Path

    @property
    def stem(self) -> str:
        return self.student


@contextmanager
def collected(
    paths: Sequence[Path], package: str, pattern: str | None = None
) -> Iterator[list[Handed]]:
    found = []
    for path in paths:
        if path.is_dir() and not (path / package).is_dir():
            found += [Handed(p.name, p) for p in sorted(path.iterdir())]
        else:
            found.append(Handed(path.name, path))
    yield found
