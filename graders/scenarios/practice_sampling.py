"""Scenarios of module 07, ``practice/sampling.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .tools import in_chosen_calls, pulled_back, twice

if TYPE_CHECKING:
    from torch import Tensor


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
    softmax, given = tt.practice.sampling.softmax_with_temperature, {"logits": logits}
    return pulled_back(softmax, "probabilities", given, cotangent, temperature=temperature)


softmax_with_temperature_in_chosen_calls = in_chosen_calls(softmax_with_temperature)


def entropy_by_temperature(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Take entropies."""
    return twice(tt.practice.sampling.entropy_by_temperature, "entropies", given)


entropy_by_temperature_in_chosen_calls = in_chosen_calls(entropy_by_temperature)


def top_k_mask(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Choose the k best."""
    return twice(tt.practice.sampling.top_k_mask, "mask", given)


top_k_mask_in_chosen_calls = in_chosen_calls(top_k_mask)


def nucleus_size(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Count the tokens of the nucleus."""
    return twice(tt.practice.sampling.nucleus_size, "sizes", given)


nucleus_size_in_chosen_calls = in_chosen_calls(nucleus_size)


def renormalise(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Drop tokens and scale the others up."""
    return twice(tt.practice.sampling.renormalise, "renormalised", given)


def renormalise_with_gradients(
    tt: Any, probabilities: Tensor, keep: Tensor, cotangent: Tensor
) -> dict[str, Tensor]:
    """Drop tokens, and pull a cotangent back."""
    renormalise, given = tt.practice.sampling.renormalise, {"probabilities": probabilities}
    return pulled_back(renormalise, "renormalised", given, cotangent, keep=keep)


renormalise_in_chosen_calls = in_chosen_calls(renormalise)


def draw_by_inverse(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Draw with one uniform number for each row."""
    return twice(tt.practice.sampling.draw_by_inverse, "ids", given)


draw_by_inverse_in_chosen_calls = in_chosen_calls(draw_by_inverse)


def draw_by_gumbel(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Draw with a uniform number for each score."""
    return twice(tt.practice.sampling.draw_by_gumbel, "ids", given)


draw_by_gumbel_in_chosen_calls = in_chosen_calls(draw_by_gumbel)


def repetition_penalty(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Penalise the tokens of a text."""
    return twice(tt.practice.sampling.repetition_penalty, "penalised", given)


repetition_penalty_in_chosen_calls = in_chosen_calls(repetition_penalty)


def filter_min_p(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Drop improbable tokens."""
    return twice(tt.practice.sampling.filter_min_p, "filtered", given)


filter_min_p_in_chosen_calls = in_chosen_calls(filter_min_p)
