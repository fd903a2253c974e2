"""Scenarios of module 06, ``training/utils.py``."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._torch import torch
from .tools import number

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module


def _value(found: object, name: str) -> Tensor:
    """A number of Python's own or of torch's, as float64[]."""
    if isinstance(found, torch.Tensor) and found.dim() == 0:
        return found.detach().double()
    return number(found, name).double()


def perplexities(tt: Any, losses: Sequence[float]) -> dict[str, Tensor]:
    """The perplexities of several losses."""
    found = [tt.training.utils.compute_perplexity(loss) for loss in losses]
    return {"perplexities": torch.stack([_value(value, "perplexity") for value in found])}


def made_model(weights: Sequence[Tensor], gradients: Sequence[Tensor | None]) -> Module:
    """A module with these parameters and gradients, every other one in a child of a child."""
    model, inner = torch.nn.Module(), torch.nn.Module()
    model.add_module("outer", torch.nn.Sequential(inner))
    for n, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
        parameter = torch.nn.Parameter(weight.clone())
        parameter.grad = None if gradient is None else gradient.clone()
        (model, inner)[n % 2].register_parameter(f"weight{n}", parameter)
    return model


def state_of(model: Module) -> dict[str, Tensor]:
    """All weights and all gradients, by name."""
    found = {}
    for name, parameter in model.named_parameters():
        name = name.rpartition(".")[2]
        found[name] = parameter.detach()
        gradient = parameter.grad
        if gradient is not None:
            found[f"gradient of {name}"] = gradient
    return found


def gradient_norm(
    tt: Any, weights: Sequence[Tensor], gradients: Sequence[Tensor | None]
) -> dict[str, Tensor]:
    """Ask for the norm, and look at the model after."""
    model = made_model(weights, gradients)
    norm = _value(tt.training.utils.get_gradient_norm(model), "norm")
    return {"norm": norm, **state_of(model)}


def clip(
    tt: Any, weights: Sequence[Tensor], gradients: Sequence[Tensor | None], max_norm: float
) -> dict[str, Tensor]:
    """Clip, and look at the model after; what is returned does not matter."""
    model = made_model(weights, gradients)
    tt.training.utils.clip_gradient_norm(model, max_norm)
    return state_of(model)


def counts(tt: Any, sizes: Sequence[int], tied: bool, frozen: Sequence[str]) -> dict[str, Tensor]:
    """Count the parameters of a model, before some of its parts are frozen and after it.

    It holds a table and a head of one shape, tied or not, a layer between them, and a norm that
    has buffers as well.
    """
    vocab_size, width = sizes
    layers = {
        "table": torch.nn.Embedding(vocab_size, width),
        "layer": torch.nn.Sequential(torch.nn.Linear(width, width)),
        "norm": torch.nn.BatchNorm1d(width),
        "head": torch.nn.Linear(width, vocab_size, bias=False),
    }
    if tied:
        layers["head"].weight = layers["table"].weight
    model = torch.nn.ModuleDict(layers)
    found = {}
    for when in ("", " after freezing"):
        if when:
            for name in frozen:
                layers[name].requires_grad_(False)
        count = tt.training.utils.count_model_parameters
        found[f"count{when}"] = number(count(model), "count")
        trainable = count(model, trainable_only=True)
        found[f"trainable count{when}"] = number(trainable, "trainable count")
    return found


def draws_after_seeds(tt: Any, seeds: Sequence[int], draws: int) -> dict[str, Tensor]:
    """Set one seed after another, with all streams somewhere else before; the draws of each."""
    found: dict[str, list[Tensor]] = {"random": [], "numpy": [], "torch": []}
    for run, seed in enumerate(seeds):
        random.seed(900 + run)
        np.random.seed(900 + run)
        torch.manual_seed(900 + run)
        tt.training.utils.set_seed(seed)
        found["random"].append(torch.tensor([random.random() for _ in range(draws)]))
        found["numpy"].append(torch.from_numpy(np.random.random(draws)))
        found["torch"].append(torch.rand(draws))
    return {f"draws of {name}": torch.stack(rows) for name, rows in found.items()}


def averages(tt: Any, updates: Sequence[Sequence[float]]) -> dict[str, Tensor]:
    """Feed two meters, the second with all values negated; the averages after each update.

    An update is a value, and its weight where one is given.
    """
    meters = [tt.training.utils.AverageMeter(), tt.training.utils.AverageMeter()]
    found: dict[str, list[Tensor]] = {"average": [], "average of the negated": []}
    for value, *weight in updates:
        for meter, sign in zip(meters, (1.0, -1.0), strict=True):
            meter.update(sign * value, *weight)
        for name, meter in zip(found, meters, strict=True):
            found[name].append(_value(meter.avg, "avg"))
    return {name: torch.stack(values) for name, values in found.items()}
