"""Scenarios of module 04, ``practice/embeddings.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .tools import gradients, leaf, refusals

if TYPE_CHECKING:
    from torch import Tensor


def step(tt: Any, function: str, **given: Any) -> dict[str, Tensor]:
    """Call a function of the file, and look at the tensors that it was given after."""
    result = getattr(tt.practice.embeddings, function)(**given)
    after = {f"{key} after the call": value for key, value in given.items() if _is_tensor(value)}
    return {"result": result} | after


def step_with_gradients(
    tt: Any, function: str, cotangent: Tensor, **given: Any
) -> dict[str, Tensor]:
    """Call a function of the file, and pull a cotangent back to all that it was given."""
    leaves = {
        key: leaf(value)
        for key, value in given.items()
        if _is_tensor(value) and value.is_floating_point()
    }
    result = getattr(tt.practice.embeddings, function)(**{**given, **leaves})
    return {"result": result} | gradients(leaves, result, cotangent)


def step_in_chosen_calls(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Call a function several times, sometimes with arguments that must be refused."""
    return refusals(lambda **call: step(tt, **call), calls)


def _is_tensor(value: object) -> bool:
    return hasattr(value, "is_floating_point")
