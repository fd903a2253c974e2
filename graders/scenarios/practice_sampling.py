"""Scenarios of module 07, ``practice/sampling.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .tools import gradients, leaf, refusals, twice

if TYPE_CHECKING:
    from torch import Tensor

Calls = Sequence[dict[str, Any]]


def most_probable(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Choose tokens."""
    return twice(tt.practice.sampling.most_probable, "ids", given)


def softmax_with_temperature(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Make probabilities."""
    return twice(tt.practice.sampling.softmax_with_temperature, "probabilities", given)


def softmax_with_gradients(
    tt: Any, logits: Tensor, temperature: float, cotangent: Tensor
) -> dict[str, Tensor]:
    """Make probabilities, and pull a cotangent back."""
    leaves = {"logits": leaf(logits)}
    made = tt.practice.sampling.softmax_with_temperature(**leaves, temperature=temperature)
    return {"probabilities": made} | gradients(leaves, made, cotangent)


def softmax_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Make probabilities in several calls, some of which must be refused."""
    return refusals(lambda **given: softmax_with_temperature(tt, **given), calls)


def entropy_by_temperature(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Take entropies."""
    return twice(tt.practice.sampling.entropy_by_temperature, "entropies", given)


def entropy_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Take entropies in several calls, some of which must be refused."""
    return refusals(lambda **given: entropy_by_temperature(tt, **given), calls)


def top_k_mask(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Choose the k best."""
    return twice(tt.practice.sampling.top_k_mask, "mask", given)


def top_k_mask_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Choose the k best in several calls, some of which must be refused."""
    return refusals(lambda **given: top_k_mask(tt, **given), calls)


def nucleus_size(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Count the tokens of the nucleus."""
    return twice(tt.practice.sampling.nucleus_size, "sizes", given)


def nucleus_size_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Count in several calls, some of which must be refused."""
    return refusals(lambda **given: nucleus_size(tt, **given), calls)


def renormalise(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Drop tokens and scale the others up."""
    return twice(tt.practice.sampling.renormalise, "renormalised", given)


def renormalise_with_gradients(
    tt: Any, probabilities: Tensor, keep: Tensor, cotangent: Tensor
) -> dict[str, Tensor]:
    """Drop tokens, and pull a cotangent back."""
    leaves = {"probabilities": leaf(probabilities)}
    made = tt.practice.sampling.renormalise(**leaves, keep=keep)
    return {"renormalised": made} | gradients(leaves, made, cotangent)


def renormalise_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Drop tokens in several calls, some of which must be refused."""
    return refusals(lambda **given: renormalise(tt, **given), calls)


def draw_by_inverse(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Draw with one uniform number for each row."""
    return twice(tt.practice.sampling.draw_by_inverse, "ids", given)


def draw_by_inverse_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Draw in several calls, some of which must be refused."""
    return refusals(lambda **given: draw_by_inverse(tt, **given), calls)


def draw_by_gumbel(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Draw with a uniform number for each score."""
    return twice(tt.practice.sampling.draw_by_gumbel, "ids", given)


def draw_by_gumbel_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Draw in several calls, some of which must be refused."""
    return refusals(lambda **given: draw_by_gumbel(tt, **given), calls)


def repetition_penalty(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Penalise the tokens of a text."""
    return twice(tt.practice.sampling.repetition_penalty, "penalised", given)


def repetition_penalty_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Penalise in several calls, some of which must be refused."""
    return refusals(lambda **given: repetition_penalty(tt, **given), calls)


def filter_min_p(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Drop improbable tokens."""
    return twice(tt.practice.sampling.filter_min_p, "filtered", given)


def filter_min_p_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Drop tokens in several calls, some of which must be refused."""
    return refusals(lambda **given: filter_min_p(tt, **given), calls)
