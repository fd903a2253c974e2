"""Nested states (of optimizers and generators) as JSON and tensors, and back; no pickle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graders.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor

_PLAIN = (str, int, float, bool, type(None))


def pack(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """``value`` as JSON; the tensors in it are added to ``tensors``, by name.

    Args:
        value: made of dicts, lists, tuples, plain values and tensors.
        name: of the value; the names of its tensors begin with it.

    Raises:
        CourseError: something else is in it, such as a function.
    """
    import torch

    if type(value) in _PLAIN:
        return value
    if isinstance(value, torch.Tensor):
        tensors[name] = value.detach().cpu().contiguous().clone()
        return {"tensor": name}
    if isinstance(value, (list, tuple)):
        items = [pack(item, f"{name}.{i}", tensors) for i, item in enumerate(value)]
        return {"tuple": items} if isinstance(value, tuple) else items
    if isinstance(value, dict):
        pairs = [[key, pack(item, f"{name}.{key}", tensors)] for key, item in value.items()]
        if all(type(key) in _PLAIN for key, _ in pairs):
            return {"dict": pairs}
    raise CourseError(
        f"{name} holds {type(value).__name__}, which cannot be kept in a checkpoint: use numbers, "
        "texts, lists, dicts and tensors for what a state_dict() gives."
    )


def unpack(value: Any, tensors: dict[str, Tensor]) -> Any:
    """What ``pack`` made ``value`` of.

    Raises:
        ValueError, TypeError, KeyError or RecursionError: ``pack`` did not make it.
    """
    if isinstance(value, list):
        return [unpack(item, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    [(kind, inner)] = value.items()
    if kind == "tensor":
        return tensors[inner]
    if kind == "tuple":
        return (*(unpack(item, tensors) for item in inner),)
    if kind == "dict":
        return {key: unpack(item, tensors) for key, item in inner}
    raise ValueError(f"{kind!r} is no kind of value")
