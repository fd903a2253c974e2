"""Scenarios of module 02, ``practice/multi_head.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .tools import (
    Calls,
    describe,
    gradients,
    in_chosen_calls,
    leaf,
    pulled_back,
    refusals,
    tensor,
    unpack,
)

if TYPE_CHECKING:
    from torch import Tensor

QKV = ("query", "key", "value")


def head_columns(tt: Any, x: Tensor, n_heads: int, head: int) -> dict[str, Tensor]:
    """Look at the columns of one head."""
    return {"columns": tt.practice.multi_head.head_columns(x, n_heads, head)}


head_columns_in_chosen_calls = in_chosen_calls(head_columns)


def merge_heads(tt: Any, x: Tensor) -> dict[str, Tensor]:
    """Merge heads."""
    return {"merged": tt.practice.multi_head.merge_heads(x)}


def merge_views(tt: Any, x: Tensor) -> dict[str, Tensor]:
    """Merge heads that lie in memory token by token, as they do after a split."""
    return merge_heads(tt, x.transpose(1, 2).contiguous().transpose(1, 2))


def project_head(
    tt: Any, x: Tensor, weight: Tensor, bias: Tensor, n_heads: int, head: int
) -> dict[str, Tensor]:
    """Project tokens for one head, and look at what was given after."""
    projected = tt.practice.multi_head.project_head(x, weight, bias, n_heads, head)
    return {"projected": projected, "x after the call": x, "weight after the call": weight}


def project_head_with_gradients(
    tt: Any, n_heads: int, head: int, cotangent: Tensor, **given: Tensor
) -> dict[str, Tensor]:
    """Project tokens for one head, and pull a cotangent back."""
    project = tt.practice.multi_head.project_head
    return pulled_back(project, "projected", given, cotangent, n_heads=n_heads, head=head)


def head_scores(tt: Any, query: Tensor, key: Tensor, n_heads: int) -> dict[str, Tensor]:
    """Score in every head, and look at what was given after."""
    scores = tt.practice.multi_head.head_scores(query, key, n_heads)
    return {"scores": scores, "query after the call": query, "key after the call": key}


def head_scores_with_gradients(
    tt: Any, n_heads: int, cotangent: Tensor, **given: Tensor
) -> dict[str, Tensor]:
    """Score in every head, and pull a cotangent back."""
    score = tt.practice.multi_head.head_scores
    return pulled_back(score, "scores", given, cotangent, n_heads=n_heads)


def head_mask(tt: Any, mask: Tensor, batch: int, n_heads: int) -> dict[str, Tensor]:
    """Write a mask out in full."""
    return {"full": tt.practice.multi_head.head_mask(mask, batch, n_heads)}


head_mask_in_chosen_calls = in_chosen_calls(head_mask)


def fold_mask(tt: Any, mask: Tensor, n_heads: int) -> dict[str, Tensor]:
    """Make the masks for folded heads."""
    return {"folded": tt.practice.multi_head.fold_mask(mask, n_heads)}


def cross_attention(
    tt: Any,
    x: Tensor,
    memory: Tensor,
    visible: Tensor,
    projections: Sequence[Tensor],
    n_heads: int,
) -> dict[str, Tensor]:
    """Attend from one sequence to another, and look at what was given after."""
    attend = tt.practice.multi_head.cross_attention
    output = attend(x, memory, visible, tuple(projections), n_heads)
    return {"output": output, "x after the call": x, "memory after the call": memory}


def cross_attention_with_gradients(
    tt: Any,
    x: Tensor,
    memory: Tensor,
    visible: Tensor,
    projections: Sequence[Tensor],
    n_heads: int,
    cotangent: Tensor,
) -> dict[str, Tensor]:
    """Attend from one sequence to another, and pull a cotangent back."""
    leaves = {"x": leaf(x), "memory": leaf(memory)}
    weights = [leaf(weight) for weight in projections]
    attend = tt.practice.multi_head.cross_attention
    output = attend(leaves["x"], leaves["memory"], visible, tuple(weights), n_heads)
    names = (f"the weight for {name}" for name in ("queries", "keys", "values"))
    return {"output": output} | gradients(
        leaves | dict(zip(names, weights, strict=True)), output, cotangent
    )


def parameter_counts(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Count the parameters of several layers."""
    counts = [tt.practice.multi_head.parameter_count(**call) for call in calls]
    for count in counts:
        if type(count) is not int:
            raise WrongReturn(f"it returned {describe(count)}, expected an int")
        if abs(count) >= 2**62:
            raise WrongReturn("it returned a number beyond all layers")
    return {"counts": torch.tensor(counts)}


def average_heads(tt: Any, weights: Tensor, keep: Tensor) -> dict[str, Tensor]:
    """Average heads, and look at what was given after."""
    averaged = tt.practice.multi_head.average_heads(weights, keep)
    return {"averaged": averaged, "weights after the call": weights}


average_heads_in_chosen_calls = in_chosen_calls(average_heads)


def head_entropy(tt: Any, weights: Tensor) -> dict[str, Tensor]:
    """Compute entropies, and look at what was given after."""
    entropy = tt.practice.multi_head.head_entropy(weights)
    return {"entropy": entropy, "weights after the call": weights}


def silence_heads(tt: Any, weight: Tensor, n_heads: int, heads: list[int]) -> dict[str, Tensor]:
    """Silence heads, write over the result, and look at what was given after."""
    silenced = tensor(tt.practice.multi_head.silence_heads(weight, n_heads, heads), "weight")
    found = {"silenced": silenced.detach().clone()}
    silenced.detach().add_(1.0)
    return found | {"weight after the call": weight}


def split_qkv(tt: Any, x: Tensor, weight: Tensor, n_heads: int) -> dict[str, Tensor]:
    """Project tokens for all heads at once."""
    return unpack(tt.practice.multi_head.split_qkv(x, weight, n_heads), *QKV)


def split_qkv_with_gradients(
    tt: Any, x: Tensor, weight: Tensor, n_heads: int, cotangent: Tensor
) -> dict[str, Tensor]:
    """Project tokens for all heads at once, and pull a cotangent of all three back."""
    leaves = {"x": leaf(x), "weight": leaf(weight)}
    found = unpack(tt.practice.multi_head.split_qkv(**leaves, n_heads=n_heads), *QKV)
    joint = torch.stack([tensor(part, name) for name, part in found.items()])
    return found | gradients(leaves, joint, cotangent)


def repeat_kv(tt: Any, x: Tensor, n_heads: int) -> dict[str, Tensor]:
    """Share heads out."""
    return {"shared": tt.practice.multi_head.repeat_kv(x, n_heads)}


repeat_kv_in_chosen_calls = in_chosen_calls(repeat_kv)


def grouped_attention(tt: Any, query: Tensor, key: Tensor, value: Tensor) -> dict[str, Tensor]:
    """Attend in heads that share keys and values, and look at what was given after."""
    given = {"query": query, "key": key, "value": value}
    output = tt.practice.multi_head.grouped_attention(**given)
    return {"output": output} | {f"{name} after the call": t for name, t in given.items()}


def grouped_attention_with_gradients(
    tt: Any, cotangent: Tensor, **given: Tensor
) -> dict[str, Tensor]:
    """Attend in heads that share keys and values, and pull a cotangent back."""
    return pulled_back(tt.practice.multi_head.grouped_attention, "output", given, cotangent)


def grouped_attention_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Attend in several calls, some with groups that must be refused."""

    def call(query: Tensor, key: Tensor, value: Tensor) -> dict[str, Tensor]:
        return {"output": tt.practice.multi_head.grouped_attention(query, key, value)}

    return refusals(call, calls)
