"""Scenarios of module 04, ``embeddings/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .tools import Calls, Weights, gradients, leaf, load_weights, refusals, tensor

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

Sizes = Mapping[str, Any]  # what a constructor is given


def _kind(tt: Any, name: str) -> Any:
    """The class ``name`` from the file that it lives in."""
    files = {"TokenEmbedding": "token_embedding", "TransformerEmbedding": "combined_embedding"}
    return getattr(getattr(tt.embeddings, files.get(name, "positional_encoding")), name)


def _built(
    tt: Any, kind: str, sizes: Sizes, weights: Weights, dtype: Any, training: bool
) -> tuple[Module, dict[str, Tensor]]:
    """A layer with weights of ours, moved to a dtype; and its own parameters by key."""
    layer = _kind(tt, kind)(**sizes).train(training)
    return layer.to(dtype), load_weights(layer, weights)


def layer(
    tt: Any,
    kind: str,
    given: Tensor,
    sizes: Sizes,
    weights: Weights,
    dtype: str = "float64",
    training: bool = False,
) -> dict[str, Tensor]:
    """Build a layer, use it, and look at what was given after."""
    made, _ = _built(tt, kind, sizes, weights, getattr(torch, dtype), training)
    return {"output": made(given), "input after the call": given}


def layer_with_gradients(
    tt: Any,
    kind: str,
    given: Tensor,
    sizes: Sizes,
    weights: Weights,
    cotangent: Tensor,
    dtype: str = "float64",
) -> dict[str, Tensor]:
    """Use a layer, and pull a cotangent back to the input and to every parameter."""
    made, own = _built(tt, kind, sizes, weights, getattr(torch, dtype), False)
    leaves = dict(own)
    if given.is_floating_point():
        leaves["input"] = given = leaf(given)
    output = made(given)
    return {"output": output} | gradients(leaves, output, cotangent)


def layer_in_turn(
    tt: Any, kind: str, inputs: Sequence[Tensor], sizes: Sizes, weights: Weights, moved: bool
) -> dict[str, Tensor]:
    """Use one layer on several inputs, each as a view that is not contiguous.

    Where it is ``moved``, it is in float64 for the first input and in float32 from then on.
    """
    made, _ = _built(tt, kind, sizes, weights, torch.float64, False)
    found = {}
    for number, given in enumerate(inputs, start=1):
        view = given.transpose(0, 1).contiguous().transpose(0, 1)
        found[f"output of call {number}"] = made(view)
        if moved:
            made.float()
    return found


def layer_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Build a layer for each of several calls and use it; some sizes or inputs must be refused."""

    def call(kind: str, given: Tensor, sizes: Sizes, weights: Weights) -> dict[str, Tensor]:
        made, _ = _built(tt, kind, sizes, weights, torch.float64, False)
        return {"output": made(given)}

    return refusals(call, calls)


def built_layers(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Build a layer for each of several calls, some of which must be refused; use the others.

    One that can be built but not used counts as accepted.
    """

    def call(kind: str, given: Tensor, sizes: Sizes, weights: Weights) -> dict[str, Tensor]:
        made = _kind(tt, kind)(**sizes).eval().double()
        try:
            load_weights(made, weights)
            return {"output": made(given)}
        except NotImplementedError:
            raise
        except (ValueError, IndexError, RuntimeError, WrongReturn):
            return {}

    return refusals(call, calls)


def padding_of_new_layer(
    tt: Any, kind: str, tokens: Tensor, key: str, sizes: Sizes
) -> dict[str, Tensor]:
    """The padding row of a new layer, and what all-padding tokens give in it."""
    made = _kind(tt, kind)(**sizes).eval()
    return {"padding row": _kept(made, key)[sizes["padding_idx"]], "output": made(tokens)}


def table_of_waves(tt: Any, x: Tensor, rows: int, sizes: Sizes) -> dict[str, Tensor]:
    """Use the sinusoidal layer, then look at the first rows of ``pe`` in its ``state_dict``."""
    made = _kind(tt, "SinusoidalPositionalEncoding")(**sizes)
    output = made(x)
    pe = _kept(made, "pe")
    # its dtype is free: it may stay in the float64 that it was computed in
    return {
        "output": output,
        "pe": pe[:rows].float(),
        "number of rows of pe": torch.tensor(len(pe)),
    }


def trained_by_waves(tt: Any, x: Tensor, cotangent: Tensor, sizes: Sizes) -> dict[str, Tensor]:
    """Pull a cotangent back through the sinusoidal layer: to the input, and to all that it trains."""
    made = _kind(tt, "SinusoidalPositionalEncoding")(**sizes)
    given = leaf(x)
    output = made(given)
    leaves = {"input": given} | {f"the parameter {key}": p for key, p in made.named_parameters()}
    return {"output": output} | gradients(leaves, output, cotangent)


def _kept(made: Module, key: str) -> Tensor:
    """What the layer's ``state_dict`` holds under ``key``."""
    kept = made.state_dict()
    if key not in kept:
        raise WrongReturn(f"its state_dict has no {key}; found: {', '.join(kept) or 'nothing'}")
    return tensor(kept[key], key)
