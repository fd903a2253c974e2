"""Scenarios of module 07, ``practice/generation.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .tools import describe, in_chosen_calls, number, pulled_back, twice, unpack

if TYPE_CHECKING:
    from torch import Tensor


def pad_after_eos(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Replace what comes after the end."""
    return twice(tt.practice.generation.pad_after_eos, "padded", given)


pad_after_eos_in_chosen_calls = in_chosen_calls(pad_after_eos)


def temperature_schedule(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Make a schedule."""
    found = tt.practice.generation.temperature_schedule(**given)
    if not isinstance(found, list | tuple):
        raise WrongReturn(f"it returned {describe(found)}, expected a list of numbers")
    steps = [number(value, f"step {n}").double() for n, value in enumerate(found)]
    return {"temperatures": torch.stack(steps) if steps else torch.empty(0)}


temperature_schedule_in_chosen_calls = in_chosen_calls(temperature_schedule)


def left_pad(tt: Any, prompts: list[Tensor], pad: int) -> dict[str, Tensor]:
    """Make a batch of prompts, and look at them after."""
    found = unpack(tt.practice.generation.left_pad(prompts, pad), "tokens", "positions", "mask")
    return found | {f"prompt {n} after the call": prompt for n, prompt in enumerate(prompts)}


left_pad_in_chosen_calls = in_chosen_calls(left_pad)


def complete(tt: Any, table: Tensor, **given: Any) -> dict[str, Tensor]:
    """Go on with a text, where each token adds scores that depend on where it stands.

    Args:
        table: [P, V, V], the scores that a token (second axis) at a place adds for the next token.
    """

    def next_logits(tokens: Tensor) -> Tensor:
        if not isinstance(tokens, torch.Tensor) or tokens.dim() != 1 or not len(tokens):
            raise WrongReturn(f"next_logits was given {describe(tokens)}, expected int64[t]")
        places = torch.arange(len(tokens)) % len(table)
        return table[places, tokens].sum(dim=0)

    text = tt.practice.generation.complete(next_logits, **given)
    return {"text": text, "prompt after the call": given["prompt"]}


complete_in_chosen_calls = in_chosen_calls(complete)


def text_log_probability(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Score texts."""
    return twice(tt.practice.generation.text_log_probability, "scores", given)


def text_log_probability_with_gradients(
    tt: Any, logits: Tensor, tokens: Tensor, cotangent: Tensor
) -> dict[str, Tensor]:
    """Score texts, and pull a cotangent back."""
    score, given = tt.practice.generation.text_log_probability, {"logits": logits}
    return pulled_back(score, "scores", given, cotangent, tokens=tokens)


text_log_probability_in_chosen_calls = in_chosen_calls(text_log_probability)
