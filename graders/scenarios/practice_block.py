"""Scenarios of module 03, ``practice/block.py``.

Sublayers and norms are plain functions, made here of the weights that a check draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .tools import (
    Calls,
    describe,
    gradients,
    in_chosen_calls,
    leaf,
    load_weights,
    pulled_back,
    refusals,
    tensor,
    unpack,
)

if TYPE_CHECKING:
    from torch import Tensor


def _sublayer(weight: Tensor) -> Callable[[Tensor], Tensor]:
    """A function of each token alone. A weight that is not square changes the width."""
    return lambda x: torch.tanh(x @ weight.T)


def _mixer(weight: Tensor) -> Callable[[Tensor], Tensor]:
    """A function across the tokens, as attention is."""
    return lambda x: torch.tanh(weight @ x)


def _norm(gamma: Tensor) -> Callable[[Tensor], Tensor]:
    """A layer norm with a gamma of its own, and half of it as beta."""
    width = [gamma.shape[0]]
    return lambda x: torch.nn.functional.layer_norm(x, width, gamma, gamma / 2, 0.1)


def _call(
    function: Callable[..., Any], given: Mapping[str, Tensor], **more: Any
) -> dict[str, Tensor]:
    """Call with tensors, and look at those given after."""
    return {"output": function(**given, **more)} | {
        f"{name} after the call": array for name, array in given.items()
    }


# ---- feed-forward layers


def relu_feed_forward(tt: Any, **given: Tensor) -> dict[str, Tensor]:
    """Use the layer of 2017."""
    return _call(tt.practice.block.relu_feed_forward, given)


def relu_feed_forward_with_gradients(tt: Any, cotangent: Tensor, **given: Tensor) -> Any:
    """Use the layer of 2017, and pull a cotangent back."""
    return pulled_back(tt.practice.block.relu_feed_forward, "output", given, cotangent)


relu_feed_forward_in_chosen_calls = in_chosen_calls(relu_feed_forward)


def gelu(tt: Any, x: Tensor) -> dict[str, Tensor]:
    """Bend some numbers."""
    return _call(tt.practice.block.gelu, {"x": x})


def gelu_with_gradients(tt: Any, x: Tensor, cotangent: Tensor) -> dict[str, Tensor]:
    """Bend some numbers, and pull a cotangent back."""
    return pulled_back(tt.practice.block.gelu, "output", {"x": x}, cotangent)


def swiglu_feed_forward(tt: Any, **given: Tensor) -> dict[str, Tensor]:
    """Use the gated layer."""
    return _call(tt.practice.block.swiglu_feed_forward, given)


def swiglu_feed_forward_with_gradients(tt: Any, cotangent: Tensor, **given: Tensor) -> Any:
    """Use the gated layer, and pull a cotangent back."""
    return pulled_back(tt.practice.block.swiglu_feed_forward, "output", given, cotangent)


swiglu_feed_forward_in_chosen_calls = in_chosen_calls(swiglu_feed_forward)


# ---- layer norm


def mean_and_variance(tt: Any, x: Tensor) -> dict[str, Tensor]:
    """Take the statistics of tokens."""
    found = unpack(tt.practice.block.mean_and_variance(x), "mean", "variance")
    return found | {"x after the call": x}


def mean_and_variance_with_gradients(tt: Any, x: Tensor, cotangent: Tensor) -> dict[str, Tensor]:
    """Take the statistics of tokens, and pull a cotangent of the variance back."""
    given = leaf(x)
    found = unpack(tt.practice.block.mean_and_variance(given), "mean", "variance")
    return found | gradients({"x": given}, found["variance"], cotangent)


def layer_norm(tt: Any, eps: float | None = None, **given: Tensor) -> dict[str, Tensor]:
    """Normalise tokens; with the eps of the signature where none is given."""
    more = {} if eps is None else {"eps": eps}
    return _call(tt.practice.block.layer_norm, given, **more)


def layer_norm_with_gradients(tt: Any, eps: float, cotangent: Tensor, **given: Tensor) -> Any:
    """Normalise tokens, and pull a cotangent back."""
    return pulled_back(tt.practice.block.layer_norm, "output", given, cotangent, eps=eps)


layer_norm_in_chosen_calls = in_chosen_calls(layer_norm)


# ---- residual streams


def add_residual(tt: Any, x: Tensor, weight: Tensor) -> dict[str, Tensor]:
    """Add a sublayer to what it reads."""
    given = {"x": x}
    return _call(tt.practice.block.add_residual, given, sublayer=_sublayer(weight))


def add_residual_with_gradients(
    tt: Any, x: Tensor, weight: Tensor, cotangent: Tensor
) -> dict[str, Tensor]:
    """Add a sublayer to what it reads, and pull a cotangent back."""
    more = {"sublayer": _sublayer(weight)}
    return pulled_back(tt.practice.block.add_residual, "output", {"x": x}, cotangent, **more)


add_residual_in_chosen_calls = in_chosen_calls(add_residual)


def one_sublayer(tt: Any, symbol: str, x: Tensor, weight: Tensor, gamma: Tensor) -> Any:
    """Use ``pre_ln`` or ``post_ln``."""
    more = {"sublayer": _sublayer(weight), "norm": _norm(gamma)}
    return _call(getattr(tt.practice.block, symbol), {"x": x}, **more)


def one_sublayer_with_gradients(
    tt: Any, symbol: str, x: Tensor, weight: Tensor, gamma: Tensor, cotangent: Tensor
) -> dict[str, Tensor]:
    """Use ``pre_ln`` or ``post_ln``, and pull a cotangent back."""
    more = {"sublayer": _sublayer(weight), "norm": _norm(gamma)}
    return pulled_back(getattr(tt.practice.block, symbol), "output", {"x": x}, cotangent, **more)


def fixed_block(
    tt: Any, x: Tensor, mixer: Tensor, weight: Tensor, gamma1: Tensor, gamma2: Tensor
) -> dict[str, Tensor]:
    """Use the block that had bugs."""
    parts = {"attention": _mixer(mixer), "feed_forward": _sublayer(weight)}
    parts |= {"norm1": _norm(gamma1), "norm2": _norm(gamma2)}
    return _call(tt.practice.block.fixed_block, {"x": x}, **parts)


def fixed_block_with_gradients(
    tt: Any,
    x: Tensor,
    mixer: Tensor,
    weight: Tensor,
    gamma1: Tensor,
    gamma2: Tensor,
    cotangent: Tensor,
) -> dict[str, Tensor]:
    """Use the block that had bugs, and pull a cotangent back."""
    parts = {"attention": _mixer(mixer), "feed_forward": _sublayer(weight)}
    parts |= {"norm1": _norm(gamma1), "norm2": _norm(gamma2)}
    return pulled_back(tt.practice.block.fixed_block, "output", {"x": x}, cotangent, **parts)


# ---- stacks


def count_block_parameters(tt: Any, **sizes: Any) -> dict[str, Tensor]:
    """Count."""
    count = tt.practice.block.count_block_parameters(**sizes)
    if not isinstance(count, int):
        raise WrongReturn(f"it returned {describe(count)}, expected an int")
    return {"count": torch.tensor(count)}


count_block_parameters_in_chosen_calls = in_chosen_calls(count_block_parameters)


def residual_stack(
    tt: Any, x: Tensor, d_model: int, n_layers: int, weights: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Use a stack with weights of ours, and look at what was given after."""
    stack = tt.practice.block.ResidualStack(d_model=d_model, n_layers=n_layers).to(x.dtype)
    load_weights(stack, weights)
    return {"output": stack(x), "x after the call": x}


def residual_stack_with_gradients(
    tt: Any,
    x: Tensor,
    d_model: int,
    n_layers: int,
    weights: Mapping[str, Tensor],
    cotangent: Tensor,
) -> dict[str, Tensor]:
    """Use a stack with weights of ours, and pull a cotangent back."""
    stack = tt.practice.block.ResidualStack(d_model, n_layers).to(x.dtype)
    leaves = {"x": leaf(x)} | load_weights(stack, weights)
    output = stack(leaves["x"])
    return {"output": output} | gradients(leaves, output, cotangent)


def residual_stacks(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Build and use several stacks, some with sizes that must be refused."""
    return refusals(lambda **given: residual_stack(tt, **given), calls)


def gradient_norms(
    tt: Any,
    x: Tensor,
    weights: Tensor,
    cotangent: Tensor,
    residual: bool | None = None,
    as_leaf: bool = False,
) -> dict[str, Tensor]:
    """Measure a stack of one sublayer for each of ``weights``; look at what was given after."""
    given = leaf(x) if as_leaf else x
    sublayers = [_sublayer(weight) for weight in weights]
    more = {} if residual is None else {"residual": residual}
    norms = tensor(tt.practice.block.gradient_norms(given, sublayers, cotangent, **more), "norms")
    grad = torch.zeros_like(x) if given.grad is None else given.grad
    return {"norms": norms, "x after the call": given, "x.grad after the call": grad}
