"""Scenarios of module 02, ``multi_head.py``.

A layer is built by its constructor, given weights by key, and used; nothing looks inside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._torch import torch
from .tools import Calls, Weights, gradients, in_chosen_calls, leaf, load_weights, refusals, unpack

if TYPE_CHECKING:
    from torch import Tensor

RESULT = ("output", "weights")


def _build(
    tt: Any,
    d_model: int,
    n_heads: int,
    weights: Weights,
    rate: float | None = 0.0,
    training: bool = True,
) -> tuple[Any, dict[str, Tensor]]:
    """A layer in the dtype of ``weights``, and its own tensors by key. No rate: the default one."""
    given = {} if rate is None else {"dropout": rate}
    if not any(key.endswith("bias") for key in weights):
        given |= {"bias": False}
    made = tt.multi_head.MultiHeadAttention(d_model, n_heads, **given)
    made = made.to(next(iter(weights.values())).dtype).train(training)
    return made, load_weights(made, weights)


def attend(
    tt: Any,
    d_model: int,
    n_heads: int,
    weights: Weights,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    rate: float | None = 0.0,
    training: bool = True,
) -> dict[str, Tensor]:
    """Build a layer and use it once."""
    made, _ = _build(tt, d_model, n_heads, weights, rate, training)
    return unpack(made(query, key, value, mask=mask), *RESULT)


def attend_with_gradients(
    tt: Any,
    d_model: int,
    n_heads: int,
    weights: Weights,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cotangent: Tensor,
    mask: Tensor | None = None,
) -> dict[str, Tensor]:
    """Use a layer once, and pull a cotangent of the output back to the inputs and the weights."""
    made, own = _build(tt, d_model, n_heads, weights)
    leaves = {"query": leaf(query), "key": leaf(key), "value": leaf(value)}
    found = unpack(made(**leaves, mask=mask), *RESULT)
    return found | gradients(leaves | own, found["output"], cotangent)


def attend_before_and_after(
    tt: Any,
    d_model: int,
    n_heads: int,
    weights: Weights,
    tokens: Tensor,
    changed: Tensor,
    mask: Tensor,
) -> dict[str, Tensor]:
    """Attend to tokens themselves, once as they are and once as changed."""
    made, _ = _build(tt, d_model, n_heads, weights)
    before = unpack(made(tokens, tokens, tokens, mask), *RESULT)
    after = unpack(made(changed, changed, changed, mask), *RESULT)
    return before | {f"{name} of the changed tokens": t for name, t in after.items()}


def attend_to_views(
    tt: Any,
    d_model: int,
    n_heads: int,
    weights: Weights,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor,
) -> dict[str, Tensor]:
    """Use one layer three times, on tensors that are not contiguous; look at the inputs after."""
    made, _ = _build(tt, d_model, n_heads, weights)
    given = {"query": query, "key": key, "value": value, "mask": mask}
    views = {name: tensor.mT.contiguous().mT for name, tensor in given.items()}
    calls = {
        "": views,
        " of the second call": {n: t[:1, :3] for n, t in views.items() if n != "mask"},
        " of the third call": {n: t.float() if n != "mask" else t for n, t in views.items()},
    }
    found: dict[str, Tensor] = {}
    for suffix, call in calls.items():
        result = unpack(made.to(call["query"].dtype)(**call), *RESULT)
        found |= {f"{name}{suffix}": tensor for name, tensor in result.items()}
    return found | {f"{name} after the calls": tensor for name, tensor in views.items()}


def split(tt: Any, d_model: int, n_heads: int, x: Tensor) -> dict[str, Tensor]:
    """Split tokens into heads by the layer's method, also from a view of them."""
    made = tt.multi_head.MultiHeadAttention(d_model, n_heads)
    return {
        "heads": made.split_heads(x),
        "heads of a view": made.split_heads(x.mT.contiguous().mT),
    }


def combine(tt: Any, d_model: int, n_heads: int, x: Tensor) -> dict[str, Tensor]:
    """Put heads together by the layer's method, also from a view of them."""
    made = tt.multi_head.MultiHeadAttention(d_model, n_heads)
    return {
        "tokens": made.combine_heads(x),
        "tokens of a view": made.combine_heads(x.transpose(1, 2).contiguous().transpose(1, 2)),
    }


def registered(tt: Any, d_model: int, n_heads: int, bias: bool) -> dict[str, Tensor]:
    """Build a layer and add up the sizes of all that ``parameters()`` yields."""
    made = tt.multi_head.MultiHeadAttention(d_model, n_heads, bias=bias)
    return {"entries in parameters()": torch.tensor(sum(p.numel() for p in made.parameters()))}


def step(
    tt: Any,
    d_model: int,
    n_heads: int,
    weights: Weights,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cotangent: Tensor,
) -> dict[str, Tensor]:
    """One step of gradient descent on all of ``parameters()``; then the weights, and a second layer
    that loads the ``state_dict`` of the first."""
    made, own = _build(tt, d_model, n_heads, weights)
    output = unpack(made(query, key, value), *RESULT)["output"]
    if output.shape == cotangent.shape:
        parameters = [*made.parameters()]
        found = torch.autograd.grad((output * cotangent).sum(), parameters, allow_unused=True)
        for parameter, gradient in zip(parameters, found, strict=True):
            if gradient is not None:
                parameter.detach().sub_(0.125 * gradient)
    other, _ = _build(tt, d_model, n_heads, weights)
    other.load_state_dict(made.state_dict())
    loaded = unpack(other(query, key, value), *RESULT)
    return {f"{name} of a layer that loads them": t for name, t in loaded.items()} | {
        f"{name} after a step": tensor for name, tensor in own.items()
    }


def layers_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Build several layers, some from arguments that must be refused, and use each that is built."""

    def call(d_model: int, n_heads: int, rate: float, weights: Weights, x: Tensor) -> Any:
        made = tt.multi_head.MultiHeadAttention(d_model, n_heads, dropout=rate)
        try:
            load_weights(made.double().eval(), weights)
            return unpack(made(x, x, x), *RESULT)
        except NotImplementedError:
            raise
        except Exception as error:  # the constructor is the one to refuse
            raise RuntimeError("built, and of no use") from error

    return refusals(call, calls)


attend_in_chosen_calls = in_chosen_calls(attend)
