"""Scenarios of module 01, ``practice/attention.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._torch import torch
from .tools import Calls, gradients, in_chosen_calls, leaf, pulled_back, refusals, unpack

if TYPE_CHECKING:
    from torch import Tensor

STATE = ("running_max", "running_sum", "accumulated")


def raw_scores(tt: Any, query: Tensor, key: Tensor) -> dict[str, Tensor]:
    """Score all queries against all keys."""
    return {"scores": tt.practice.attention.raw_scores(query, key)}


def raw_scores_with_gradients(tt: Any, cotangent: Tensor, **given: Tensor) -> dict[str, Tensor]:
    """Score all queries against all keys, and pull a cotangent back."""
    return pulled_back(tt.practice.attention.raw_scores, "scores", given, cotangent)


raw_scores_in_chosen_calls = in_chosen_calls(raw_scores)


def scale_scores(tt: Any, scores: Tensor, d_k: int) -> dict[str, Tensor]:
    """Scale scores, and look at what was given after."""
    scaled = tt.practice.attention.scale_scores(scores, d_k)
    return {"scaled": scaled, "scores after the call": scores}


scale_scores_in_chosen_calls = in_chosen_calls(scale_scores)


def apply_mask(tt: Any, scores: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """Mask scores, and look at what was given after."""
    masked = tt.practice.attention.apply_mask(scores, mask)
    return {"masked": masked, "scores after the call": scores, "mask after the call": mask}


apply_mask_in_chosen_calls = in_chosen_calls(apply_mask)


def attention_weights(tt: Any, scores: Tensor) -> dict[str, Tensor]:
    """Turn scores into weights, and look at what was given after."""
    weights = tt.practice.attention.attention_weights(scores)
    return {"weights": weights, "scores after the call": scores}


def attention_weights_with_gradients(
    tt: Any, scores: Tensor, cotangent: Tensor
) -> dict[str, Tensor]:
    """Turn scores into weights, and pull a cotangent back."""
    given = {"scores": scores}
    return pulled_back(tt.practice.attention.attention_weights, "weights", given, cotangent)


def mix_values(tt: Any, weights: Tensor, value: Tensor) -> dict[str, Tensor]:
    """Mix values by their weights."""
    return {"output": tt.practice.attention.mix_values(weights, value)}


def mix_values_with_gradients(tt: Any, cotangent: Tensor, **given: Tensor) -> dict[str, Tensor]:
    """Mix values by their weights, and pull a cotangent back."""
    return pulled_back(tt.practice.attention.mix_values, "output", given, cotangent)


mix_values_in_chosen_calls = in_chosen_calls(mix_values)


def attend_one(tt: Any, query: Tensor, keys: Tensor, values: Tensor) -> dict[str, Tensor]:
    """Let one query attend."""
    return {"output": tt.practice.attention.attend_one(query, keys, values)}


attend_one_in_chosen_calls = in_chosen_calls(attend_one)


def fixed_attention(tt: Any, query: Tensor, key: Tensor, value: Tensor) -> dict[str, Tensor]:
    """Attend with the function that had bugs."""
    return {"output": tt.practice.attention.fixed_attention(query, key, value)}


def fixed_attention_with_gradients(
    tt: Any, cotangent: Tensor, **given: Tensor
) -> dict[str, Tensor]:
    """Attend with the function that had bugs, and pull a cotangent back."""
    return pulled_back(tt.practice.attention.fixed_attention, "output", given, cotangent)


def padding_mask(tt: Any, lengths: Tensor, max_len: int) -> dict[str, Tensor]:
    """Make a padding mask, and look at what was given after."""
    mask = tt.practice.attention.padding_mask(lengths, max_len)
    return {"mask": mask, "lengths after the call": lengths}


padding_mask_in_chosen_calls = in_chosen_calls(padding_mask)


def split_heads(tt: Any, x: Tensor, n_heads: int) -> dict[str, Tensor]:
    """Split into heads."""
    return {"heads": tt.practice.attention.split_heads(x, n_heads)}


def split_heads_of_view(tt: Any, x: Tensor, n_heads: int) -> dict[str, Tensor]:
    """Split a tensor into heads that is not contiguous in memory."""
    return split_heads(tt, x.mT.contiguous().mT, n_heads)


split_heads_in_chosen_calls = in_chosen_calls(split_heads)


def attend_in_chunks(
    tt: Any, query: Tensor, key: Tensor, value: Tensor, sizes: list[int]
) -> dict[str, Tensor]:
    """Attend to chunks of ``sizes`` keys, one call each; the state after each call."""
    found: dict[str, Tensor] = {}
    state = None
    chunks = zip(torch.split(key, sizes, dim=-2), torch.split(value, sizes, dim=-2), strict=True)
    for number, (keys, values) in enumerate(chunks, start=1):
        state = tt.practice.attention.attend_chunk(query, keys.clone(), values.clone(), state)
        for name, part in unpack(state, *STATE).items():
            found[f"{name} after chunk {number}"] = _copy(part)
    return found


def attend_in_chunks_with_gradients(
    tt: Any, query: Tensor, key: Tensor, value: Tensor, sizes: list[int], cotangent: Tensor
) -> dict[str, Tensor]:
    """Attend to chunks of ``sizes`` keys, form the output, and pull a cotangent of it back."""
    leaves = {"query": leaf(query), "key": leaf(key), "value": leaf(value)}
    found = attend_in_chunks(tt, **leaves, sizes=sizes)
    last = {name: found[f"{name} after chunk {len(sizes)}"] for name in STATE}
    output = last["accumulated"] / last["running_sum"]
    return {"output": output} | gradients(leaves, output, cotangent)


def continue_from_state(
    tt: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    running_max: Tensor,
    running_sum: Tensor,
    accumulated: Tensor,
) -> dict[str, Tensor]:
    """Attend to one more chunk, and look at what was given after."""
    state = (running_max, running_sum, accumulated)
    result = tt.practice.attention.attend_chunk(query, key, value, state)
    given = {"query": query, "key": key, "value": value, **dict(zip(STATE, state, strict=True))}
    after = {f"given {name} after the call": tensor for name, tensor in given.items()}
    return unpack(result, *STATE) | after


def attend_chunk_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Attend to a first chunk in several calls, some with sizes that must be refused."""

    def call(query: Tensor, key: Tensor, value: Tensor) -> dict[str, Tensor]:
        return unpack(tt.practice.attention.attend_chunk(query, key, value), *STATE)

    return refusals(call, calls)


def _copy(part: Any) -> Any:
    return part.clone() if hasattr(part, "clone") else part
