"""Scenarios of module 03, ``feedforward.py`` and ``transformer_block.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .tools import Weights, describe, gradients, in_chosen_calls, leaf, load_weights, tensor, unpack

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

Sizes = Any  # what the constructors are given, except the rate


def _built(
    kind: Any, weights: Weights, dtype: Any, rate: float | None, training: bool, sizes: Sizes
) -> tuple[Module, dict[str, Tensor]]:
    """A module of ``kind`` with weights of ours, moved to a dtype; and its parameters by key."""
    given = {} if rate is None else {"dropout": rate}
    module = kind(**sizes, **given).to(dtype).train(training)
    return module, load_weights(module, weights)


# ---- FeedForward


def feed_forward(
    tt: Any,
    x: Tensor,
    weights: Weights,
    rate: float | None = None,
    training: bool = False,
    **sizes: Any,
) -> dict[str, Tensor]:
    """Use the layer, and look at what was given after."""
    layer, _ = _built(tt.feedforward.FeedForward, weights, x.dtype, rate, training, sizes)
    return {"output": layer(x), "x after the call": x}


def feed_forward_twice(
    tt: Any, x: Tensor, other: Tensor, weights: Weights, rate: float, **sizes: Any
) -> dict[str, Tensor]:
    """Use a layer on one input, as a view that is not contiguous, and then on another."""
    layer, _ = _built(tt.feedforward.FeedForward, weights, x.dtype, rate, False, sizes)
    view = x.mT.contiguous().mT
    return {"output": layer(view), "output of the second call": layer(other)}


def feed_forward_with_gradients(
    tt: Any, x: Tensor, weights: Weights, cotangent: Tensor, rate: float, **sizes: Any
) -> dict[str, Tensor]:
    """Use the layer, and pull a cotangent back to the input and to every parameter."""
    layer, own = _built(tt.feedforward.FeedForward, weights, x.dtype, rate, False, sizes)
    given = leaf(x)
    output = layer(given)
    return {"output": output} | gradients({"x": given} | own, output, cotangent)


feed_forward_in_chosen_calls = in_chosen_calls(feed_forward)


def feed_forward_in_autocast(tt: Any, x: Tensor, weights: Weights, **sizes: Any) -> Any:
    """Use the layer where torch multiplies in bfloat16."""
    layer, _ = _built(tt.feedforward.FeedForward, weights, x.dtype, 0.0, False, sizes)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = tensor(layer(x), "output")
    return {"output": output.float()}


def feed_forward_state(tt: Any, weights: Weights, **sizes: Any) -> dict[str, Tensor]:
    """Load weights into a layer, and read them back out of its ``state_dict``."""
    dtype = next(iter(weights.values())).dtype
    layer, _ = _built(tt.feedforward.FeedForward, weights, dtype, 0.0, False, sizes)
    return _state(layer, weights)


# ---- TransformerBlock


def transform(
    tt: Any,
    x: Tensor,
    weights: Weights,
    mask: Tensor | None = None,
    rate: float | None = None,
    training: bool = False,
    asked: bool = False,
    **sizes: Any,
) -> dict[str, Tensor]:
    """Use the block, asking for the weights or not, and look at what was given after."""
    block, _ = _built(
        tt.transformer_block.TransformerBlock, weights, x.dtype, rate, training, sizes
    )
    result = block(x, mask=mask, return_attention=True) if asked else block(x, mask)
    return (_asked if asked else _unasked)(result) | {"x after the call": x}


def transform_and_show(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Use the block and ask for its weights, and look at what was given after."""
    return transform(tt, asked=True, **given)


def transform_both_ways(
    tt: Any,
    x: Tensor,
    weights: Weights,
    masks: Sequence[Tensor | None],
    rate: float | None = None,
    **sizes: Any,
) -> dict[str, Tensor]:
    """Use one block under several masks, asking for the weights and not asking for them."""
    block, _ = _built(tt.transformer_block.TransformerBlock, weights, x.dtype, rate, False, sizes)
    found: dict[str, Tensor] = {}
    for number, mask in enumerate(masks):
        under = "" if mask is None else f" under mask {number}"
        found |= _asked(block(x, mask=mask, return_attention=True), under)
        found[f"output{under}, without weights"] = _unasked(block(x, mask))["output"]
    return found | {"x after the calls": x}


def transform_twice(
    tt: Any, x: Tensor, other: Tensor, mask: Tensor, weights: Weights, rate: float, **sizes: Any
) -> dict[str, Tensor]:
    """Use a block on views that are not contiguous, and then on an input of another length."""
    block, _ = _built(tt.transformer_block.TransformerBlock, weights, x.dtype, rate, False, sizes)
    view, turned = x.mT.contiguous().mT, mask.mT.contiguous().mT
    found = _unasked(block(view, mask=turned)) | _asked(block(view, turned, True), " asked for")
    found |= {"x after the call": view, "mask after the call": turned}
    return found | _asked(block(other, return_attention=True), " of the other call")


def transform_with_gradients(
    tt: Any,
    x: Tensor,
    weights: Weights,
    cotangent: Tensor,
    rate: float,
    mask: Tensor | None = None,
    asked: bool = False,
    **sizes: Any,
) -> dict[str, Tensor]:
    """Use the block, and pull a cotangent of the output back to the input and all parameters."""
    block, own = _built(tt.transformer_block.TransformerBlock, weights, x.dtype, rate, False, sizes)
    given = leaf(x)
    result = block(given, mask=mask, return_attention=asked)
    found = _asked(result) if asked else _unasked(result)
    return found | gradients({"x": given} | own, found["output"], cotangent)


transform_in_chosen_calls = in_chosen_calls(transform)


def transform_in_autocast(
    tt: Any, x: Tensor, weights: Weights, mask: Tensor, **sizes: Any
) -> dict[str, Tensor]:
    """Use the block where torch multiplies in bfloat16."""
    block, _ = _built(tt.transformer_block.TransformerBlock, weights, x.dtype, 0.0, False, sizes)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = _unasked(block(x, mask=mask))
    return {"output": tensor(found["output"], "output").float()}


def block_state(tt: Any, weights: Weights, **sizes: Any) -> dict[str, Tensor]:
    """Load weights into a block, and read them back out of its ``state_dict``."""
    dtype = next(iter(weights.values())).dtype
    block, _ = _built(tt.transformer_block.TransformerBlock, weights, dtype, 0.0, False, sizes)
    return _state(block, weights)


def _state(module: Module, weights: Weights) -> dict[str, Tensor]:
    state = module.state_dict()
    return {key: state[key] for key in weights if key in state}


def _asked(result: object, which: str = "") -> dict[str, Tensor]:
    return unpack(result, f"output{which}", f"weights{which}")


def _unasked(result: object) -> dict[str, Tensor]:
    found = unpack(result, "output", "weights")
    weights: Any = found.pop("weights")
    if weights is not None:
        raise WrongReturn(
            f"its second return value is {describe(weights)}, expected None where nobody asked for "
            "the weights"
        )
    return found
