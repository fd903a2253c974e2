"""Scenarios of module 08, ``utils/random_state.py``."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._torch import torch

if TYPE_CHECKING:
    from torch import Tensor

STREAMS = ("random", "numpy", "torch")


def seed_all(seed: int) -> None:
    """Set the three streams."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def draw_from(stream: str, count: int) -> list[float]:
    """Normal numbers from one stream: with an odd count, of a pair the second is kept back."""
    if stream == "random":
        return [random.gauss(0.0, 1.0) for _ in range(count)]
    if stream == "numpy":
        return [float(np.random.standard_normal()) for _ in range(count)]
    return [float(value) for value in torch.randn(count, dtype=torch.float64)]


def _draws(count: int) -> Tensor:
    return torch.tensor([draw_from(stream, count) for stream in STREAMS], dtype=torch.float64)


def _in_a_file(states: object) -> bytes:
    file = io.BytesIO()
    torch.save(states, file)
    return file.getvalue()


def _read_back(content: bytes) -> Any:
    return torch.load(io.BytesIO(content), weights_only=True)


def snapshots(tt: Any, seed: int, drawn: Sequence[str]) -> dict[str, Tensor]:
    """The states as a file, asked for at the start and after a draw from each of these streams.

    A stream of "" is none: then nothing is drawn. Each is read back, as from a checkpoint.
    """
    seed_all(seed)
    found = {}
    for n, stream in enumerate(["", *drawn]):
        if stream:
            draw_from(stream, 1)
        content = _in_a_file(tt.utils.random_state.random_states())
        _read_back(content)
        found[f"states {n}"] = torch.tensor([*content], dtype=torch.uint8)
    return found


def go_back(tt: Any, seed: int, before: int, after: int, between: int) -> dict[str, Tensor]:
    """Draw, ask for the states, draw, be elsewhere for a while, put the states back, draw again."""
    states = tt.utils.random_state
    seed_all(seed)
    _draws(before)
    kept = _in_a_file(states.random_states())
    first = _draws(after)
    seed_all(seed + 1)
    _draws(between)
    states.restore_random_states(_read_back(kept))
    return {"draws": first, "draws again": _draws(after)}
