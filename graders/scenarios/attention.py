"""Scenarios of module 01, ``attention.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._torch import torch
from .tools import gradients, leaf, refusals, tensor, unpack

if TYPE_CHECKING:
    from torch import Tensor


def causal_masks(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Make several causal masks, some of sizes that must be refused."""

    def call(seq_len: int) -> dict[str, Tensor]:
        mask = tensor(tt.attention.create_causal_mask(seq_len), "mask")
        return {"mask": mask.double()}  # its dtype is free

    return refusals(call, calls)


def causal_mask(tt: Any, seq_len: int) -> dict[str, Tensor]:
    """Make one causal mask, and use it once."""
    mask = tensor(tt.attention.create_causal_mask(seq_len), "mask")
    return {"mask": mask.double(), "is floating point": torch.tensor(mask.is_floating_point())}


def attend(
    tt: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
) -> dict[str, Tensor]:
    """Attend once."""
    result = tt.attention.scaled_dot_product_attention(query, key, value, mask)
    return unpack(result, "output", "weights")


def attend_by_torch(
    tt: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
) -> dict[str, Tensor]:
    """Torch's own attention, whatever the implementation: a second opinion on the reference."""
    own = torch.nn.functional.scaled_dot_product_attention
    return {"output": own(query, key, value, attn_mask=mask)}


def attend_with_gradients(
    tt: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cotangent: Tensor,
    mask: Tensor | None = None,
) -> dict[str, Tensor]:
    """Attend once, and pull a cotangent of the output back to the inputs."""
    leaves = {"query": leaf(query), "key": leaf(key), "value": leaf(value)}
    result = tt.attention.scaled_dot_product_attention(**leaves, mask=mask)
    found = unpack(result, "output", "weights")
    return found | gradients(leaves, found["output"], cotangent)


def attend_to_views(
    tt: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> dict[str, Tensor]:
    """Attend twice, on tensors that are not contiguous in memory, and look at the inputs after."""
    given = {"query": query, "key": key, "value": value, "mask": mask}
    views = {name: tensor.mT.contiguous().mT for name, tensor in given.items()}
    first = unpack(tt.attention.scaled_dot_product_attention(**views), "output", "weights")
    half = {name: tensor[..., :3, :] for name, tensor in views.items() if name != "mask"}
    second = unpack(tt.attention.scaled_dot_product_attention(**half), "output", "weights")
    return {
        **first,
        **{f"{name} of the second call": tensor for name, tensor in second.items()},
        **{f"{name} after the call": tensor for name, tensor in views.items()},
    }


def attend_in_chosen_calls(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Attend in several calls, some with arguments that must be refused."""

    def call(**arguments: Any) -> dict[str, Tensor]:
        return unpack(tt.attention.scaled_dot_product_attention(**arguments), "output", "weights")

    return refusals(call, calls)


def attend_with_dropout(
    tt: Any, query: Tensor, key: Tensor, value: Tensor, rate: float, training: bool
) -> dict[str, Tensor]:
    """Attend with an ``nn.Dropout`` handed in."""
    dropout = torch.nn.Dropout(rate).train(training)
    result = tt.attention.scaled_dot_product_attention(query, key, value, None, dropout)
    return unpack(result, "output", "weights")


def attention_layer(
    tt: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    rate: float,
    training: bool,
    mask: Tensor | None = None,
) -> dict[str, Tensor]:
    """Use the layer, in training or in evaluation."""
    layer = tt.attention.Attention(dropout=rate).train(training)
    return unpack(layer(query, key, value, mask=mask), "output", "weights")


def attention_layer_with_gradients(
    tt: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cotangent: Tensor,
    mask: Tensor,
) -> dict[str, Tensor]:
    """Use the layer with the rate it has when none is given, in evaluation, and pull back."""
    leaves = {"query": leaf(query), "key": leaf(key), "value": leaf(value)}
    layer = tt.attention.Attention().eval()
    found = unpack(layer(**leaves, mask=mask), "output", "weights")
    return found | gradients(leaves, found["output"], cotangent)


def attention_layers(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Build layers with several dropout rates, some out of range, and use each in evaluation."""

    def call(rate: float, query: Tensor, key: Tensor, value: Tensor) -> dict[str, Tensor]:
        layer = tt.attention.Attention(dropout=rate).eval()
        return unpack(layer(query, key, value), "output", "weights")

    return refusals(call, calls)
