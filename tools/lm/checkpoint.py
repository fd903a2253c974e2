"""A checkpoint: one safetensors file with all that a run needs to go on, or a model to be used.

Its tensors are ``model.NAME`` (weights, by their names in the model's ``state_dict``) and
``state.NAME`` (of optimizer, scheduler and generators). Everything else stands as JSON in the
header, under ``checkpoint``: the fields of ``Facts``. Nothing is ever unpickled.

A file is written beside its place, brought to the disk, and renamed: after ``kill -9`` or a power
cut, what stood there before still does. Format: https://github.com/huggingface/safetensors
"""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graders.errors import CourseError
from graders.files import write_whole

from .trees import pack, unpack

if TYPE_CHECKING:
    from torch import Tensor

SUFFIX = ".safetensors"
MAX_HEADER = 16 << 20  # bytes of the header, JSON all; that of a model of this course has 0.1 MB
_KEY = "checkpoint"
_MODEL, _STATE = "model.", "state"


class Facts(BaseModel):
    """What a checkpoint says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["course/checkpoint/1"] = "course/checkpoint/1"
    config: dict[str, Any]  # an ExperimentConfig, as ``config.model_dump(mode="json")`` gives it
    characters: list[str]  # the vocabulary: each character at the place of its id
    step: int = Field(ge=0)  # optimizer steps done
    windows: int = Field(ge=0)  # data position: training windows seen, over all processes
    train_loss: float | None = None  # of the last step, nats per token
    val_loss: float | None = None  # held-out loss, where it was measured at this step
    commit: str | None = None  # of the git repository around the package, "+" if it has changes
    versions: dict[str, str] = {}  # of Python, torch and so on
    state: Any = None  # as ``pack`` gives it; None where the checkpoint is for use only


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
        f"{_MODEL}{name}": tensor.detach().cpu().contiguous().clone()  # tied ones are shared
        for name, tensor in checkpoint.weights.items()
    }
    packed = pack(checkpoint.state, _STATE, tensors)
    facts = checkpoint.facts.model_copy(update={"state": packed})
    write_whole(path, save(tensors, {_KEY: facts.model_dump_json()}), durable=True)


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
        raise _refusal(path, f"it is no whole safetensors file ({error})") from None
    return _facts_in(metadata, path)


def checkpoint_in(content: bytes, path: Path) -> tuple[Facts, dict[str, Any]]:
    """A checkpoint in memory: what it says of itself, and its weights as numpy arrays.

    Args:
        path: what it is called in messages.

    Raises:
        CourseError: this is no whole checkpoint; it says in which way.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    _check_start(content[:9], path)
    try:
        tensors = load(content)
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
    except (SafetensorError, ValueError, RecursionError, KeyError, TypeError) as error:
        raise _refusal(path, f"it is no whole safetensors file ({error})") from None
    facts = _facts_in(metadata, path)
    return facts, {n.removeprefix(_MODEL): t for n, t in tensors.items() if n.startswith(_MODEL)}


def _facts_in(metadata: dict[str, str], path: Path) -> Facts:
    if _KEY not in metadata:
        raise _refusal(path, "it is a safetensors file of something else")
    try:
        return Facts.model_validate(json.loads(metadata[_KEY]))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise _refusal(path, f"its field {where} is not as it should be: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise _refusal(path, f"its JSON cannot be read ({error})") from None


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
        raise _refusal(path, f"it is no whole safetensors file ({error})") from None
    weights = {n.removeprefix(_MODEL): t for n, t in tensors.items() if n.startswith(_MODEL)}
    if not with_state:
        return Checkpoint(facts, weights)
    if facts.state is None:
        raise _refusal(path, "it has weights only, so that no run can go on from it")
    try:
        state = unpack(facts.state, tensors)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _refusal(path, f"its state cannot be read ({error!r})") from None
    if not isinstance(state, dict):
        raise _refusal(path, "its state is no dict")
    return Checkpoint(facts, weights, state)


def _check_size(path: Path) -> None:
    """Refuse what is no ordinary file of this format, before much of it is read."""
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):
            raise _refusal(path, "it is no ordinary file")
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read ({error.strerror}). Name a checkpoint, or the folder of a run."
        ) from None
    _check_start(start, path)


def _check_start(start: bytes, path: Path) -> None:
    """Refuse a file by its first nine bytes: a pickle, a giant header."""
    if start[8:] != b"{":
        pickled = start[:2] == b"PK" or start[:1] == b"\x80"
        what = "a pickle (of torch.save, perhaps), which could run anything"
        raise _refusal(path, f"it is {what if pickled else 'no safetensors file'}")
    length = int.from_bytes(start[:8], "little")
    if length > MAX_HEADER:
        raise _refusal(path, f"its header takes {length:,} bytes, at most {MAX_HEADER:,} are read")


def _refusal(path: Path, why: str) -> CourseError:
    return CourseError(
        f"{path} is no checkpoint of this course: {why}. Expected a whole file that `course train` "
        "wrote (step-NNNNNN.safetensors in a run's folder): name another one, or train again."
    )
