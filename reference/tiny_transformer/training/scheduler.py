"""Learning rates that rise from 0 to a peak and then fall: warm-up, then a cosine or a line.

Sources: warm-up: Vaswani et al., 2017, https://arxiv.org/abs/1706.03762; cosine: Loshchilov &
Hutter, "SGDR", 2017, https://arxiv.org/abs/1608.03983
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


### BEGIN SOLUTION
def _check_range(warmup_steps: int, total_steps: int, peak_lr: float, min_lr: float) -> None:
    if total_steps <= warmup_steps:
        raise ValueError(f"total_steps is {total_steps}, expected more than {warmup_steps}")
    if min_lr > peak_lr:
        raise ValueError(f"min_lr is {min_lr}, expected at most {peak_lr}")


def _rate(
    step: int,
    warmup_steps: int,
    total_steps: int,
    peak_lr: float,
    min_lr: float,
    share: Callable[[float], float],
) -> float:
    """The rate of a step; ``share`` gives what is left of the peak, from 1 down to 0."""
    if step < warmup_steps:
        return peak_lr * step / warmup_steps
    progress = min((step - warmup_steps) / (total_steps - warmup_steps), 1.0)
    return min_lr + (peak_lr - min_lr) * share(progress)


def _cosine(progress: float) -> float:
    return (1.0 + math.cos(math.pi * progress)) / 2.0


def _line(progress: float) -> float:
    return 1.0 - progress


### END SOLUTION
class WarmupCosineScheduler(LRScheduler):
    """Up in a line for ``warmup_steps``, then down half a cosine until ``total_steps``.

    Step 0 has rate 0, step ``warmup_steps`` has ``peak_lr``, step ``total_steps`` and all after it
    have ``min_lr``. Without warm-up step 0 has the peak. From the peak on, with progress going from
    0 to 1, the rate is ``min_lr`` plus the share (1 + cos(pi * progress)) / 2 of the rest.

    All parameter groups get this rate, whatever they had. In all else it is an ordinary
    LRScheduler: made before the first step of the optimizer, it sets the rate of step 0; each
    ``step()`` sets the next one. ``state_dict`` and ``load_state_dict``, or ``last_epoch``, resume
    it. A ``state_dict`` can be written with ``torch.save``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        total_steps: int,
        peak_lr: float,
        min_lr: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        """
        Args:
            warmup_steps: steps of the way up; 0 is no warm-up.
            total_steps: steps of the way up and down, more than ``warmup_steps``.
            min_lr: at most ``peak_lr``.
            last_epoch: as in LRScheduler: the last step that was made, -1 at the beginning.

        Raises:
            ValueError: ``total_steps`` or ``min_lr`` is out of range.
        """
        ### BEGIN SOLUTION
        _check_range(warmup_steps, total_steps, peak_lr, min_lr)
        self.schedule = warmup_steps, total_steps, peak_lr, min_lr
        super().__init__(optimizer, last_epoch)  # asks for the first rate, so it comes last
        ### END SOLUTION

    def get_lr(self) -> list[float | Tensor]:
        """The rate of step ``self.last_epoch``, once for each parameter group."""
        ### BEGIN SOLUTION
        rate = _rate(self.last_epoch, *self.schedule, _cosine)
        return [rate for _ in self.optimizer.param_groups]
        ### END SOLUTION


class WarmupLinearScheduler(LRScheduler):
    """Up in a line for ``warmup_steps``, then down in a line until ``total_steps``.

    As WarmupCosineScheduler in all but the way down: from the peak on, with progress going from 0
    to 1, the rate is ``min_lr`` plus the share 1 - progress of the rest.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        total_steps: int,
        peak_lr: float,
        min_lr: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        """As in WarmupCosineScheduler, errors included."""
        ### BEGIN SOLUTION
        _check_range(warmup_steps, total_steps, peak_lr, min_lr)
        self.schedule = warmup_steps, total_steps, peak_lr, min_lr
        super().__init__(optimizer, last_epoch)
        ### END SOLUTION

    def get_lr(self) -> list[float | Tensor]:
        """The rate of step ``self.last_epoch``, once for each parameter group."""
        ### BEGIN SOLUTION
        rate = _rate(self.last_epoch, *self.schedule, _line)
        return [rate for _ in self.optimizer.param_groups]
        ### END SOLUTION


def get_scheduler(
    name: str,
    optimizer: Optimizer,
    warmup_steps: int,
    total_steps: int,
    peak_lr: float,
    min_lr: float = 0.0,
) -> LRScheduler:
    """A scheduler by its name: "cosine" or "linear".

    Raises:
        ValueError: another name, or as the schedulers do.
    """
    ### BEGIN SOLUTION
    kinds = {"cosine": WarmupCosineScheduler, "linear": WarmupLinearScheduler}
    if name not in kinds:
        raise ValueError(f"name is {name!r}, expected one of {', '.join(kinds)}")
    return kinds[name](optimizer, warmup_steps, total_steps, peak_lr, min_lr)
    ### END SOLUTION
