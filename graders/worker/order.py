"""What a worker is told before it locks itself down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """The limits of a worker, and what it may touch."""

    cpu_seconds: int
    memory_bytes: int
    file_bytes: int  # of the largest file it may write
    disk_bytes: int  # of all its files together
    open_files: int
    home: str  # the one folder that it may write to
    reads: tuple[str, ...] = ()  # folders that it may read, apart from Python's own
    imports: tuple[
        str, ...
    ] = ()  # slow modules that it will want; the zygote has them once for all
    layers: tuple[str, ...] | None = None  # that must hold; None: those that can be had
