"""The format of a checkpoint: one safetensors file with all that a run needs to go on, or a model to use.

Its tensors are ``model.NAME`` (weights, by their names in the model's ``state_dict``) and
``state.NAME`` (of optimizer, scheduler and generators). Everything else stands as JSON in the
header, under ``checkpoint``: the fields of ``Facts``. Nothing is ever unpickled.
Format: https://github.com/huggingface/safetensors
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import CourseError

MAX_HEADER = 16 << 20  # bytes of the header, JSON all; that of a model of this course has 0.1 MB
KEY = "checkpoint"
MODEL, STATE = "model.", "state"
Item = TypeVar("Item")


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


def checkpoint_in(content: bytes, path: Path) -> tuple[Facts, dict[str, Any]]:
    """A checkpoint in memory: what it says of itself, and its weights as numpy arrays.

    Args:
        path: what it is called in messages.

    Raises:
        CourseError: this is no whole checkpoint; it says in which way.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    check_start(content[:9], path)
    try:
        tensors = load(content)
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
    except (SafetensorError, ValueError, RecursionError, KeyError, TypeError) as error:
        raise refusal(path, f"it is no whole safetensors file ({error})") from None
    facts = facts_in(metadata, path)
    return facts, weights_in(tensors)


def weights_in(tensors: Mapping[str, Item]) -> dict[str, Item]:
    """Those tensors of a checkpoint that are the model's, by their names in it."""
    return {n.removeprefix(MODEL): t for n, t in tensors.items() if n.startswith(MODEL)}


def facts_in(metadata: Mapping[str, str], path: Path) -> Facts:
    """What a checkpoint says of itself, from its header. CourseError where that is not as it should be."""
    if KEY not in metadata:
        raise refusal(path, "it is a safetensors file of something else")
    try:
        return Facts.model_validate(json.loads(metadata[KEY]))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise refusal(path, f"its field {where} is not as it should be: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise refusal(path, f"its JSON cannot be read ({error})") from None


def least_numbers(arguments: Mapping[str, Any]) -> int:
    """So many numbers a model with these arguments of TinyTransformerLM has at least."""
    width = arguments["d_model"]
    of_a_layer = width * (4 * width + 2 * arguments["d_ff"])
    rows = arguments["vocab_size"] + arguments["max_len"]
    return int(width * rows + arguments["n_layers"] * of_a_layer)


def check_start(start: bytes, path: Path) -> None:
    """Refuse a file by its first nine bytes: a pickle, a giant header."""
    if start[8:] != b"{":
        pickled = start[:2] == b"PK" or start[:1] == b"\x80"
        what = "a pickle (of torch.save, perhaps), which could run anything"
        raise refusal(path, f"it is {what if pickled else 'no safetensors file'}")
    length = int.from_bytes(start[:8], "little")
    if length > MAX_HEADER:
        raise refusal(path, f"its header takes {length:,} bytes, at most {MAX_HEADER:,} are read")


def refusal(path: Path, why: str) -> CourseError:
    return CourseError(
        f"{path} is no checkpoint of this course: {why}. Expected a whole file that `course train` "
        "wrote (step-NNNNNN.safetensors in a run's folder): name another one, or train again."
    )
