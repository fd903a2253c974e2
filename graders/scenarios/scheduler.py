"""Scenarios of module 06, ``training/scheduler.py``.

``what`` is the name of a class, or a name that ``get_scheduler`` is to know.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ._torch import torch
from .tools import in_chosen_calls

if TYPE_CHECKING:
    from torch import Tensor

NEEDED = ("torch._dynamo",)  # the first optimizer loads it


def _optimizer(lrs: Sequence[float]) -> Any:
    """One that has nothing to do, with a parameter group for each of these rates."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in lrs]
    return torch.optim.SGD(groups, lr=1.0)


def _scheduler(tt: Any, what: str, optimizer: Any, given: dict[str, Any]) -> Any:
    module = tt.training.scheduler
    if what.startswith("Warmup"):
        return getattr(module, what)(optimizer, **given)
    return module.get_scheduler(what, optimizer, **given)


def _step(optimizer: Any, scheduler: Any) -> None:
    optimizer.step()
    scheduler.step()


def _row(found: Iterable[Any]) -> Tensor:
    return torch.tensor([float(rate) for rate in found], dtype=torch.float64)


def _in_use(optimizer: Any) -> Tensor:
    return _row(group["lr"] for group in optimizer.param_groups)


def rates(tt: Any, what: str, lrs: Sequence[float], steps: int, **given: Any) -> dict[str, Tensor]:
    """Make a scheduler for groups of these rates, and step it: the rates of all steps from 0 on,
    in the optimizer and as get_last_lr has them."""
    optimizer = _optimizer(lrs)
    scheduler = _scheduler(tt, what, optimizer, given)
    used, said = [_in_use(optimizer)], [_row(scheduler.get_last_lr())]
    for _ in range(steps):
        _step(optimizer, scheduler)
        used.append(_in_use(optimizer))
        said.append(_row(scheduler.get_last_lr()))
    return {"rates": torch.stack(used), "get_last_lr": torch.stack(said)}


rates_in_chosen_calls = in_chosen_calls(rates)


def resumed(
    tt: Any, what: str, lrs: Sequence[float], before: int, after: int, **given: Any
) -> dict[str, Tensor]:
    """Step a scheduler, save it and its optimizer, and go on with new ones that load what was saved.

    Returns:
        the rates right after loading, then those of each further step.
    """
    optimizer = _optimizer(lrs)
    scheduler = _scheduler(tt, what, optimizer, given)
    for _ in range(before):
        _step(optimizer, scheduler)
    file = io.BytesIO()
    torch.save([optimizer.state_dict(), scheduler.state_dict()], file)
    _step(optimizer, scheduler)
    file.seek(0)
    states = torch.load(file, weights_only=False)
    optimizer = _optimizer(lrs)
    scheduler = _scheduler(tt, what, optimizer, given)
    for new, state in zip((optimizer, scheduler), states, strict=True):
        new.load_state_dict(state)
    used = [_in_use(optimizer)]
    for _ in range(after):
        _step(optimizer, scheduler)
        used.append(_in_use(optimizer))
    return {"rates": torch.stack(used)}


def resumed_by_number(
    tt: Any, what: str, lrs: Sequence[float], before: int, after: int, **given: Any
) -> dict[str, Tensor]:
    """Step a scheduler, and go on with a new one that is given the last step as ``last_epoch``.

    Returns:
        the rates of the steps from then on.
    """
    optimizer = _optimizer(lrs)
    scheduler = _scheduler(tt, what, optimizer, given)
    for _ in range(before):
        _step(optimizer, scheduler)
    other = _optimizer(lrs)
    other.load_state_dict(optimizer.state_dict())
    scheduler = _scheduler(tt, what, other, {**given, "last_epoch": before})
    used = [_in_use(other)]
    for _ in range(after):
        _step(other, scheduler)
        used.append(_in_use(other))
    return {"rates": torch.stack(used)}
