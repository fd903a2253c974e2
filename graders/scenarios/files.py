"""Scenarios of module 08, ``utils/checkpoint.py``: one file, and which of many to keep."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._folder import own_folder
from ._torch import torch
from .tools import in_chosen_calls, number, of_kind

if TYPE_CHECKING:
    from torch import Tensor

NONE = -1  # stands for no file
ODD = {"none": None, "nan": float("nan"), "inf": float("inf")}  # losses that inputs cannot hold


class Failed(Exception):
    """What stops a write."""


@contextmanager
def _watched(function: Callable[..., Any], calls: list[list[int]], path: Path) -> Iterator[None]:
    """Notes each file that is forced to the disk: its number, its size, and that of ``path`` then."""
    original = os.fsync

    def fsync(descriptor: Any) -> None:
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        known = os.fstat(number)
        if stat.S_ISREG(known.st_mode):
            there = path.stat().st_size if path.exists() else NONE
            calls.append([known.st_ino, known.st_size, there])

    places = [vars(os), vars(sys.modules[function.__module__])]
    names = [(place, key) for place in places for key, value in place.items() if value is original]
    for place, key in names:
        place[key] = fsync
    try:
        yield
    finally:
        for place, key in names:
            place[key] = original


def write_file(
    tt: Any, old: Tensor | None, new: Tensor, fails: bool, as_text: bool
) -> dict[str, Tensor]:
    """Write a file in the place of an old one, or fail half-way; what stood there, and when.

    Of the last file that was forced to the disk are told: whether it is the one that stands there at
    the end (0: it is), its size then, and the size of what stood there then.
    """
    write_atomically = tt.utils.checkpoint.write_atomically
    content = bytes(new.tolist())
    forced: list[list[int]] = []
    during: list[int] = []
    beside: list[int] = []
    came_out = 0
    with own_folder():
        path = Path("kept", "file.bin")
        path.parent.mkdir()
        if old is not None:
            path.write_bytes(bytes(old.tolist()))

        def write(file: Any) -> None:
            file.write(content[: len(content) // 2])
            during.extend(path.read_bytes() if path.exists() else b"")
            beside.append(len([*path.parent.iterdir()]))
            if fails:
                raise Failed
            file.write(content[len(content) // 2 :])

        with _watched(write_atomically, forced, path):
            try:
                write_atomically(str(path) if as_text else path, write)
            except Failed:
                came_out = 1
        after = path.read_bytes() if path.exists() else b""
        files = len([*path.parent.iterdir()])
        *_, (node, size, there) = [[NONE, NONE, NONE], *forced]
        other = int(not path.exists() or path.stat().st_ino != node)
    return {
        "content": torch.tensor([*after], dtype=torch.uint8),
        "content while writing": torch.tensor(during, dtype=torch.uint8),
        "files": torch.tensor(files),
        "files while writing": torch.tensor(beside, dtype=torch.int64),
        "exceptions": torch.tensor(came_out),
        "forced to the disk": torch.tensor([other, size, there]),
    }


def surplus(
    tt: Any, steps: Sequence[int], losses: Sequence[float | str], given: Mapping[str, int]
) -> dict[str, Tensor]:
    """Which of these checkpoints may go; a loss in words is one of ``ODD``."""
    by_step = {n: ODD[x] if isinstance(x, str) else x for n, x in zip(steps, losses, strict=True)}
    found = of_kind(tt.utils.checkpoint.choose_surplus(by_step, **given), list)
    return {"steps": torch.tensor([int(number(step, "step")) for step in found], dtype=torch.int64)}


surplus_in_chosen_calls = in_chosen_calls(surplus)
