"""Scenarios of module 07, ``sampling/strategies.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._torch import torch
from .tools import in_chosen_calls, tensor

if TYPE_CHECKING:
    from torch import Tensor


def filter_top_k(tt: Any, logits: Tensor, k: int) -> dict[str, Tensor]:
    """Filter once."""
    return {"filtered": tt.sampling.strategies.filter_top_k(logits, k)}


def filter_top_p(tt: Any, logits: Tensor, p: float) -> dict[str, Tensor]:
    """Filter once."""
    return {"filtered": tt.sampling.strategies.filter_top_p(logits, p)}


def filters_with_care(tt: Any, function: str, logits: Tensor, limit: float) -> dict[str, Tensor]:
    """Filter twice, the second time what is a view; the results, and the logits after."""
    filtering = getattr(tt.sampling.strategies, function)
    first = tensor(filtering(logits, limit), "filtered").clone()
    spread = torch.stack((logits, logits), dim=-1)[..., 0]
    return {
        "filtered": first,
        "filtered as a view": filtering(spread, limit),
        "logits after the call": logits,
        "view after the call": spread,
    }


filter_top_k_in_chosen_calls = in_chosen_calls(filter_top_k)


filter_top_p_in_chosen_calls = in_chosen_calls(filter_top_p)


def _ids(tt: Any, sampler: str, logits: Tensor, given: Mapping[str, Any]) -> Tensor:
    return tensor(getattr(tt.sampling.strategies, sampler)(logits, **given), "ids")


def sample(
    tt: Any, sampler: str, logits: Tensor, copies: int = 1, **given: Any
) -> dict[str, Tensor]:
    """Choose a token for each of many copies of some rows, one copy of all after the other."""
    return {"ids": _ids(tt, sampler, logits.repeat(copies, 1), given)}


def sample_with_seeds(
    tt: Any, sampler: str, logits: Tensor, seeds: list[int], **given: Any
) -> dict[str, Tensor]:
    """Draw with one generator for each seed, with torch's own stream elsewhere each time.

    The logits are a view; they are handed back too, as they are after it.
    """
    spread = torch.stack((logits, logits), dim=-1)[..., 0]
    found = {}
    for run, seed in enumerate(seeds):
        torch.rand(run + 1)
        stream = torch.Generator().manual_seed(seed)
        found[f"ids of run {run}"] = _ids(tt, sampler, spread, {**given, "generator": stream})
    return {**found, "logits after the calls": spread}


sample_in_chosen_calls = in_chosen_calls(sample)
