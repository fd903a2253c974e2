"""Scenarios of module 06, ``practice/training_data.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .tools import Calls, describe, in_chosen_calls, number, refusals, unpack

if TYPE_CHECKING:
    from torch import Tensor


def sliding_windows(tt: Any, tokens: Tensor, seq_len: int, stride: int) -> dict[str, Tensor]:
    """Cut a text that lies scattered in memory into windows, and look at it after."""
    scattered = tokens.repeat_interleave(2)[::2]
    cut = tt.practice.training_data.sliding_windows(scattered, seq_len, stride)
    return {**unpack(cut, "inputs", "targets"), "tokens after the call": scattered}


sliding_windows_in_chosen_calls = in_chosen_calls(sliding_windows)


def count_windows(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Count the windows of several texts, with some sizes that must be refused."""

    def call(**given: int) -> dict[str, Tensor]:
        return {"count": number(tt.practice.training_data.count_windows(**given), "count")}

    return refusals(call, calls)


def build_vocabulary(tt: Any, text: str, characters: str) -> dict[str, Tensor]:
    """Make a vocabulary of a text: its size, and the id of each of the characters, or -1."""
    ids = tt.practice.training_data.build_vocabulary(text)
    if not isinstance(ids, Mapping):
        raise WrongReturn(f"it returned {describe(ids)}, expected a dict from character to id")
    found = [number(ids.get(character, -1), "an id") for character in characters]
    return {"number of ids": torch.tensor(len(ids)), "ids": torch.stack(found)}


def split_tokens(tt: Any, tokens: Tensor, val_fraction: float) -> dict[str, Tensor]:
    """Split a text, and look at it after."""
    split = tt.practice.training_data.split_tokens(tokens, val_fraction)
    return {**unpack(split, "training", "validation"), "tokens after the call": tokens}


split_tokens_in_chosen_calls = in_chosen_calls(split_tokens)
