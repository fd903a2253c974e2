"""Checkpoints written and read as files; what stands in one is said in ``graders/lm/checkpoint.py``.

A file is written beside its place, brought to the disk, and renamed: after ``kill -9`` or a power
cut, what stood there before still does.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graders.errors import CourseError
from graders.files import write_whole
from graders.lm.checkpoint import (
    KEY,
    MODEL,
    STATE,
    Facts,
    check_start,
    facts_in,
    refusal,
    weights_in,
)

from .trees import pack, unpack

if TYPE_CHECKING:
    from torch import Tensor

SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint in memory.

    Attributes:
        weights: the model's ``state_dict``, on the CPU.
        state: optimizer, scheduler and generators; empty where they were not asked for.
    """

    facts: Facts
    weights: dict[str, Tensor]
    state: dict[str, Any] = field(default_factory=dict)


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write all of a checkpoint, or nothing.

    Raises:
        CourseError: the disk is full or the like, or the state holds what cannot be kept.
    """
    from safetensors.torch import save

    tensors = {
        f"{MODEL}{name}": tensor.detach().cpu().contiguous().clone()  # tied ones are shared
        for name, tensor in checkpoint.weights.items()
    }
    packed = pack(checkpoint.state, STATE, tensors)
    facts = checkpoint.facts.model_copy(update={"state": packed})
    write_whole(path, save(tensors, {KEY: facts.model_dump_json()}), durable=True)


def read_facts(path: Path) -> Facts:
    """What a checkpoint says of itself, without its tensors.

    Raises:
        CourseError: this is no whole checkpoint; it says in which way.
    """
    from safetensors import SafetensorError, safe_open

    _check_size(path)
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError, ValueError) as error:
        raise refusal(path, f"it is no whole safetensors file ({error})") from None
    return facts_in(metadata, path)


def read_checkpoint(path: Path, with_state: bool = False) -> Checkpoint:
    """A checkpoint from a file.

    Args:
        with_state: whether to read what only a resumed run needs.

    Raises:
        CourseError: this is no whole checkpoint; it says in which way.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    facts = read_facts(path)
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise refusal(path, f"it is no whole safetensors file ({error})") from None
    weights = weights_in(tensors)
    if not with_state:
        return Checkpoint(facts, weights)
    if facts.state is None:
        raise refusal(path, "it has weights only, so that no run can go on from it")
    try:
        state = unpack(facts.state, tensors)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise refusal(path, f"its state cannot be read ({error!r})") from None
    if not isinstance(state, dict):
        raise refusal(path, "its state is no dict")
    return Checkpoint(facts, weights, state)


def _check_size(path: Path) -> None:
    """Refuse what is no ordinary file of this format, before much of it is read."""
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):
            raise refusal(path, "it is no ordinary file")
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read ({error.strerror}). Name a checkpoint, or the folder of a run."
        ) from None
    check_start(start, path)
