"""Scenarios of module 05, ``practice/model.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    number,
    pulled_back,
    refusals,
    tensor,
    unpack,
)

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Linear


def next_token_pairs(tt: Any, tokens: Tensor) -> dict[str, Tensor]:
    """Cut tokens into inputs and targets, and look at what was given after."""
    found = unpack(tt.practice.model.next_token_pairs(tokens), "inputs", "targets")
    return {**found, "tokens after the call": tokens}


next_token_pairs_in_chosen_calls = in_chosen_calls(next_token_pairs)


def output_head(tt: Any, hidden: Tensor, table: Tensor) -> dict[str, Tensor]:
    """Score all tokens."""
    return {"logits": tt.practice.model.output_head(hidden, table)}


def output_head_with_gradients(tt: Any, cotangent: Tensor, **given: Tensor) -> dict[str, Tensor]:
    """Score all tokens, and pull a cotangent back."""
    return pulled_back(tt.practice.model.output_head, "logits", given, cotangent)


output_head_in_chosen_calls = in_chosen_calls(output_head)


def next_token_loss(tt: Any, logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Compute the loss, and look at what was given after."""
    loss = tt.practice.model.next_token_loss(logits, targets)
    return {"loss": loss, "logits after the call": logits, "targets after the call": targets}


def next_token_loss_with_gradients(
    tt: Any, logits: Tensor, targets: Tensor, cotangent: Tensor
) -> dict[str, Tensor]:
    """Compute the loss, and pull a cotangent back."""
    loss = tt.practice.model.next_token_loss
    return pulled_back(loss, "loss", {"logits": logits}, cotangent, targets=targets)


def next_token_loss_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Compute several losses, some of shapes that must be refused."""

    def call(logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
        return {"loss": tt.practice.model.next_token_loss(logits, targets)}

    return refusals(call, calls)


def initial_losses(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Ask for the loss of several vocabularies, some of which must be refused."""

    def call(vocab_size: int) -> dict[str, Tensor]:
        return {"loss": number(tt.practice.model.initial_loss(vocab_size), "loss").double()}

    return refusals(call, calls)


def stack_layers(
    tt: Any, n_layers: int, weights: Sequence[Tensor], x: Tensor, cotangent: Tensor
) -> dict[str, Tensor]:
    """Stack square layers, load each with weights of its own, run through them, pull back.

    The stack is first put into a module, and the weights are those that this module sees.
    """
    width = x.shape[-1]
    stack = _stack(tt, lambda: torch.nn.Linear(width, width, bias=False).double(), n_layers)
    holder: Any = torch.nn.Module()
    holder.stack = stack
    own = load_weights(holder, {f"stack.{n}.weight": weight for n, weight in enumerate(weights)})
    output = x
    for layer in stack:
        output = layer(output)
    return {
        "number of layers": torch.tensor(len(stack)),
        "number of parameters": torch.tensor(sum(p.numel() for p in holder.parameters())),
        "output": output,
    } | gradients(own, output, cotangent)


def _stack(tt: Any, make_layer: Callable[[], Linear], n_layers: int) -> Any:
    stack = tt.practice.model.stack_layers(make_layer, n_layers)
    if not isinstance(stack, torch.nn.Module | list | tuple):
        raise WrongReturn(f"it returned {describe(stack)}, expected an nn.ModuleList")
    return stack


def count_stacked(tt: Any, n_layers: int) -> dict[str, Tensor]:
    """Stack layers inside a module; what the module sees, and how many layers are different."""
    holder: Any = torch.nn.Module()
    holder.stack = _stack(tt, lambda: torch.nn.Linear(3, 4), n_layers)
    return {
        "number of layers": torch.tensor(len(holder.stack)),
        "number of parameters": torch.tensor(sum(p.numel() for p in holder.parameters())),
        "number of different layers": torch.tensor(len({id(layer) for layer in holder.stack})),
    }


count_stacked_in_chosen_calls = in_chosen_calls(count_stacked)


def hidden_states(
    tt: Any, x: Tensor, matrices: Sequence[Tensor], cotangent: Tensor
) -> dict[str, Tensor]:
    """Run through layers that multiply by a matrix and bend; all stages, and the gradient."""

    def layer(matrix: Tensor) -> Callable[[Tensor], Tensor]:
        return lambda stage: torch.tanh(stage @ matrix) + 0.5

    start = leaf(x)
    found = tt.practice.model.hidden_states(start, [layer(matrix) for matrix in matrices])
    if not isinstance(found, list | tuple):
        raise WrongReturn(f"it returned {describe(found)}, expected a list of tensors")
    stages = {f"stage {n}": stage for n, stage in enumerate(found)}
    count = {"number of stages": torch.tensor(len(found)), **stages}
    total = sum((tensor(stage, "a stage") * (n + 1) for n, stage in enumerate(found)), start * 0)
    return count | gradients({"x": start}, total, cotangent)


def tie_weights(
    tt: Any, table: Tensor, head: Tensor, bias: Tensor, later: Tensor, tokens: Tensor, x: Tensor
) -> dict[str, Tensor]:
    """Tie, run both, pull back, then write into one and look at the other."""
    embedding = torch.nn.Embedding(table.shape[0], table.shape[1], dtype=table.dtype)
    linear = torch.nn.Linear(head.shape[1], head.shape[0], dtype=head.dtype)
    load_weights(embedding, {"weight": table})
    load_weights(linear, {"weight": head, "bias": bias})
    tt.practice.model.tie_weights(embedding, linear)
    output = linear(x) + embedding(tokens).sum()
    found = {"output": output} | gradients({"the table": embedding.weight}, output, output * 0 + 1)
    found["table"] = embedding.weight.clone()
    found["number of parameters"] = torch.tensor(
        sum(p.numel() for p in torch.nn.ModuleList([embedding, linear]).parameters())
    )
    load_weights(embedding, {"weight": later})
    found["head after a write into the table"] = linear.weight.clone()
    load_weights(linear, {"weight": table})
    found["table after a write into the head"] = embedding.weight.clone()
    return found


def tie_weights_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Tie several pairs, some of which must be refused."""

    def call(table: Tensor, head: Tensor) -> dict[str, Tensor]:
        embedding = torch.nn.Embedding(table.shape[0], table.shape[1], dtype=table.dtype)
        linear = torch.nn.Linear(head.shape[1], head.shape[0], bias=False, dtype=head.dtype)
        load_weights(embedding, {"weight": table})
        tt.practice.model.tie_weights(embedding, linear)
        return {"head": linear.weight}

    return refusals(call, calls)


def crop_context(tt: Any, tokens: Tensor, max_len: int) -> dict[str, Tensor]:
    """Crop tokens, and look at what was given after."""
    cropped = tt.practice.model.crop_context(tokens, max_len)
    return {"cropped": cropped, "tokens after the call": tokens}


crop_context_in_chosen_calls = in_chosen_calls(crop_context)


def count_unique(tt: Any, tensors: list[Tensor], order: list[int]) -> dict[str, Tensor]:
    """Count tensors that come in this order, given once as a list and once as an iterator."""
    listed = [tensors[i] for i in order]
    count = tt.practice.model.count_unique
    return {
        "count of a list": number(count(listed), "count"),
        "count of an iterator": number(count(iter(listed)), "count"),
    }


def sizes(tt: Any, function: str, calls: Calls) -> dict[str, Tensor]:
    """Call a function of whole numbers once for each set of arguments."""
    called = getattr(tt.practice.model, function)
    return {
        f"result {n}": number(called(**arguments), function) for n, arguments in enumerate(calls)
    }


def compute_optimal(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Spend several budgets, some of which must be refused."""

    def call(**given: float) -> dict[str, Tensor]:
        found: Mapping[str, Any] = unpack(
            tt.practice.model.compute_optimal(**given), "parameters", "tokens"
        )
        return {name: number(value, name).double() for name, value in found.items()}

    return refusals(call, calls)


def logit_lens(
    tt: Any, states: list[Tensor], gamma: Tensor, beta: Tensor, eps: float, table: Tensor
) -> dict[str, Tensor]:
    """Read hidden states, and look at them after."""
    norm = torch.nn.LayerNorm(gamma.shape[0], eps=eps, dtype=gamma.dtype)
    load_weights(norm, {"weight": gamma, "bias": beta})
    read = tt.practice.model.logit_lens(states, norm, table)
    after = {f"state {n} after the call": state for n, state in enumerate(states)}
    return {"log-probabilities": read, **after}


def logit_lens_with_gradients(
    tt: Any, states: list[Tensor], gamma: Tensor, beta: Tensor, table: Tensor, cotangent: Tensor
) -> dict[str, Tensor]:
    """Read hidden states, and pull a cotangent back."""
    leaves = {f"state {n}": leaf(state) for n, state in enumerate(states)}
    norm = torch.nn.LayerNorm(gamma.shape[0], dtype=gamma.dtype)
    own = load_weights(norm, {"weight": gamma, "bias": beta})
    weight = leaf(table)
    read = tt.practice.model.logit_lens([*leaves.values()], norm, weight)
    of = {**leaves, "table": weight, "scale": own["weight"], "shift": own["bias"]}
    return {"log-probabilities": read} | gradients(of, read, cotangent)
