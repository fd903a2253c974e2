"""Scenarios of module 06, ``practice/training_loop.py``."""

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
    load_weights,
    number,
    refusals,
    unpack,
)

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

NEEDED = ("torch._dynamo",)  # the first optimizer loads it


def numbers(tt: Any, function: str, calls: Calls) -> dict[str, Tensor]:
    """Call a function that gives a number, with some arguments that must be refused."""

    def call(**given: Any) -> dict[str, Tensor]:
        result = getattr(tt.practice.training_loop, function)(**given)
        return {"result": number(result, "result").double()}

    return refusals(call, calls)


def warmup_factors(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Warm up, in several calls, some of which must be refused."""
    return numbers(tt, "warmup_factor", calls)


def cosine_decays(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Ask for learning rates, some of which must be refused."""
    return numbers(tt, "cosine_decay", calls)


def perplexities(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Ask for perplexities, some of which must be refused."""
    return numbers(tt, "perplexity_of_batches", calls)


def loss_without_padding(
    tt: Any, logits: Tensor, targets: Tensor, pad_token_id: int
) -> dict[str, Tensor]:
    """Compute the loss, and look at what was given after."""
    loss = tt.practice.training_loop.loss_without_padding(logits, targets, pad_token_id)
    return {"loss": loss, "logits after the call": logits, "targets after the call": targets}


def loss_without_padding_with_gradients(
    tt: Any, logits: Tensor, targets: Tensor, pad_token_id: int, cotangent: Tensor
) -> dict[str, Tensor]:
    """Compute the loss, and pull a cotangent back."""
    leaves = {"logits": leaf(logits)}
    loss = tt.practice.training_loop.loss_without_padding(leaves["logits"], targets, pad_token_id)
    return {"loss": loss} | gradients(leaves, loss, cotangent)


loss_without_padding_in_chosen_calls = in_chosen_calls(loss_without_padding)


def _bigram_model(weights: dict[str, Tensor], leftover: dict[str, Tensor]) -> Module:
    """A table and a layer with a bias, in float64, with gradients left over from before."""
    vocab_size, width = weights["0.weight"].shape
    model = torch.nn.Sequential(
        torch.nn.Embedding(vocab_size, width), torch.nn.Linear(width, vocab_size)
    ).double()
    own = load_weights(model, dict(weights))
    for key, gradient in leftover.items():
        own[key].grad = gradient.clone()
    return model


def train_steps(
    tt: Any,
    weights: dict[str, Tensor],
    leftover: dict[str, Tensor],
    batches: Sequence[dict[str, Tensor]],
    max_norm: float,
) -> dict[str, Tensor]:
    """Train for a few steps with SGD and momentum; the loss and the weights at each.

    They are handed back in float32: what may be added to a norm does not show there.
    """
    model = _bigram_model(weights, leftover)
    sgd = torch.optim.SGD(model.parameters(), lr=0.75, momentum=0.5)
    found = {}
    for n, batch in enumerate(batches, start=1):
        loss = tt.practice.training_loop.train_step(
            model, sgd, batch["inputs"], batch["targets"], max_norm
        )
        found[f"loss of step {n}"] = number(loss, "the loss").float()
        for key, parameter in model.named_parameters():
            found[f"{key} after step {n}"] = parameter.detach().clone().float()
        for key, tokens in batch.items():
            found[f"{key} after step {n}"] = tokens
    return found


def clip_by_global_norm(tt: Any, gradients: list[Tensor], max_norm: float) -> dict[str, Tensor]:
    """Clip, and look at the gradients that were given after.

    What comes back is in float32: what may be added to the norm does not show there.
    """
    given = [gradient.clone() for gradient in gradients]
    clipped = tt.practice.training_loop.clip_by_global_norm(given, max_norm)
    if not isinstance(clipped, list | tuple):
        raise WrongReturn(f"it returned {describe(clipped)}, expected a list of tensors")
    found = {"number of gradients": torch.tensor(len(clipped))}
    for n, gradient in enumerate(clipped):
        found[f"clipped {n}"] = gradient.float() if hasattr(gradient, "float") else gradient
    return found | {f"gradient {n} after the call": gradient for n, gradient in enumerate(given)}


clip_by_global_norm_in_chosen_calls = in_chosen_calls(clip_by_global_norm)


def accumulate_gradients(
    tt: Any,
    weights: dict[str, Tensor],
    leftover: dict[str, Tensor],
    parts: Sequence[dict[str, Tensor]],
    pad_token_id: int,
) -> dict[str, Tensor]:
    """Give a model its batch in parts; the loss, and what is in ``grad`` then."""
    model = _bigram_model(weights, leftover)
    pairs = [(part["inputs"], part["targets"]) for part in parts]
    loss = tt.practice.training_loop.accumulate_gradients(model, pairs, pad_token_id)
    found = {"loss": number(loss, "the loss").double()}
    for key, parameter in model.named_parameters():
        found[f"{key} after the call"] = parameter
        if parameter.grad is None:
            raise WrongReturn(f"there is no gradient of {key}: is a backward pass missing?")
        found[f"gradient of {key}"] = parameter.grad
    return found


def adamw_step(
    tt: Any,
    parameter: Tensor,
    gradient: Tensor,
    mean: Tensor,
    square: Tensor,
    betas: list[float],
    **settings: Any,
) -> dict[str, Tensor]:
    """Take a step, and look at what was given after."""
    given = {"parameter": parameter, "gradient": gradient, "mean": mean, "square": square}
    step = tt.practice.training_loop.adamw_step(**given, betas=(*betas,), **settings)
    after = {f"{key} after the call": value for key, value in given.items()}
    return {**unpack(step, "parameter", "mean", "square"), **after}


def parameter_groups(
    tt: Any, values: dict[str, Tensor], slopes: dict[str, Tensor], weight_decay: float
) -> dict[str, Tensor]:
    """Hand the groups to SGD and take two steps with gradients that are given.

    "twin" is a second place of "table". SGD alone would decay with another rate.
    """
    model: Any = torch.nn.Module()
    inner: Any = torch.nn.Module()
    for name, value in values.items():
        holder = inner if name.startswith("inner") else model
        holder.register_parameter(name, torch.nn.Parameter(value.clone()))
    model.inner = inner
    inner.twin = model.table
    groups = tt.practice.training_loop.parameter_groups(model, weight_decay)
    sgd = torch.optim.SGD(groups, lr=0.5, weight_decay=0.75)
    own = {name: getattr(inner if name.startswith("inner") else model, name) for name in values}
    for name, slope in slopes.items():
        own[name].grad = slope.clone()
    for _ in range(2):
        sgd.step()
    return {f"{name} after two steps": parameter for name, parameter in own.items()}


def early_stopping(tt: Any, stoppers: Calls, losses: list[Tensor]) -> dict[str, Tensor]:
    """Feed several stoppers in turn, each with losses of its own, until it says stop.

    Returns:
        after how many evaluations each has said so; 0 where it never has.
    """
    made = [tt.practice.training_loop.EarlyStopping(**given) for given in stoppers]
    evaluations = [0] * len(made)
    for n, row in enumerate(zip(*(series.tolist() for series in losses), strict=True), start=1):
        for i, loss in enumerate(row):
            if evaluations[i] == 0:
                answer = made[i].update(loss)
                if answer is None:
                    raise WrongReturn("update returned None (is a `return` missing?)")
                evaluations[i] = n if answer else 0
    return {f"evaluations of stopper {i}": torch.tensor(n) for i, n in enumerate(evaluations)}


def early_stopping_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Make several stoppers, some that must be refused."""

    def call(losses: Tensor, **given: Any) -> dict[str, Tensor]:
        return early_stopping(tt, [given], [losses])

    return refusals(call, calls)
