"""Scenarios of module 08, ``utils/monitoring.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .tools import describe, number, of_kind, tensor, unpack
from .training_utils import made_model, state_of

if TYPE_CHECKING:
    from torch import Tensor

TROUBLES = ("not finite", "vanishing", "exploding")
Block = Sequence[Any]  # a name, blocks in it, and whether an exception ends it


class Ended(Exception):
    """Ends a block."""


def _run(timer: Any, blocks: Sequence[Block]) -> int:
    """Run blocks; how many exceptions came out of them."""
    came_out = 0
    for name, inner, raises in blocks:
        try:
            with timer.measure(name):
                came_out += _run(timer, inner)
                if raises:
                    raise Ended
        except Ended:
            came_out += 1
    return came_out


def time_blocks(
    tt: Any, times: Sequence[float], blocks: Sequence[Block], skip: int
) -> dict[str, Tensor]:
    """Time blocks by a clock that shows these times, one after another; the summary."""
    clock = iter(times)
    timer = tt.utils.monitoring.StepTimer(clock=lambda: next(clock), skip=skip)
    came_out = _run(timer, blocks)
    left = len([*clock])
    summary = timer.summary()
    if not isinstance(summary, dict):
        raise WrongReturn(f"summary gives {describe(summary)}, expected a dict")
    found = {"names": torch.tensor(len(summary)), "exceptions": torch.tensor(came_out)}
    for name, pair in summary.items():
        parts = unpack(pair, "count", "mean")
        found[f"count of {name}"] = number(parts["count"], "count")
        found[f"mean of {name}"] = number(float(parts["mean"]), "mean")
    return found | {"times left": torch.tensor(left)}


def norms(
    tt: Any, weights: Sequence[Tensor], gradients: Sequence[Tensor | None], graphs: bool
) -> dict[str, Tensor]:
    """The norm of each gradient of a model, and the model after; ``graphs``: gradients carry some."""
    model = made_model(weights, gradients)
    for gradient in filter(torch.is_tensor, (p.grad for p in model.parameters())):
        gradient.requires_grad_(graphs)
    found = of_kind(tt.utils.monitoring.gradient_norms(model), dict)
    given = {f"norm of {name}": tensor(norm, f"norm of {name}") for name, norm in found.items()}
    carrying = sum(norm.requires_grad for norm in given.values())
    counts = {"norms": torch.tensor(len(found)), "norms with a gradient": torch.tensor(carrying)}
    return counts | given | state_of(model)


def troubles(
    tt: Any, norms: Mapping[str, Tensor], limits: Mapping[str, float]
) -> dict[str, Tensor]:
    """Which of these norms are in trouble: 1 to 3 for a trouble, 0 for none, in their order."""
    found = of_kind(tt.utils.monitoring.find_unhealthy(norms, **limits), dict)
    for trouble in found.values():
        if trouble not in TROUBLES:
            raise WrongReturn(f"a trouble is {trouble!r}, expected one of {', '.join(TROUBLES)}")
    codes = [TROUBLES.index(found[name]) + 1 if name in found else 0 for name in norms]
    return {"troubles": torch.tensor(codes), "names": torch.tensor(len(found))}
