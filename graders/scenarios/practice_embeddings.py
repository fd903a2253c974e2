"""Scenarios of module 04, ``practice/embeddings.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .tools import in_chosen_calls, pulled_back

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
    floats = {
        key: value
        for key, value in given.items()
        if _is_tensor(value) and value.is_floating_point()
    }
    others = {key: value for key, value in given.items() if key not in floats}
    call = getattr(tt.practice.embeddings, function)
    return pulled_back(call, "result", floats, cotangent, **others)


step_in_chosen_calls = in_chosen_calls(step)


def _is_tensor(value: object) -> bool:
    return hasattr(value, "is_floating_point")
