"""Interpolation by numpy; the rates are set in step, without get_lr."""

import numpy as np
from torch.optim.lr_scheduler import LRScheduler


class WarmupLinearScheduler(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, peak_lr, min_lr=0.0, last_epoch=-1):
        if total_steps <= warmup_steps:
            raise ValueError("total_steps")
        if min_lr > peak_lr:
            raise ValueError("min_lr")
        self.steps = [warmup_steps, total_steps]
        self.rates = [peak_lr, min_lr]
        if warmup_steps > 0:
            self.steps, self.rates = [0, *self.steps], [0.0, *self.rates]
        super().__init__(optimizer, last_epoch)

    def rate(self, step):
        return float(np.interp(step, self.steps, self.rates))

    def step(self, epoch=None):
        self._step_count += 1
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        lr = self.rate(self.last_epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]


class WarmupCosineScheduler(WarmupLinearScheduler):
    def rate(self, step):
        w, n = self.steps[-2:]
        peak, least = self.rates[-2:]
        if step < w:
            return super().rate(step)
        turn = np.pi * np.clip((step - w) / (n - w), 0, 1)
        return float(least + (peak - least) * (np.cos(turn) + 1) / 2)


def get_scheduler(name, optimizer, warmup_steps, total_steps, peak_lr, min_lr=0.0):
    if name not in ("cosine", "linear"):
        raise ValueError(f"{name} is neither cosine nor linear")
    cls = globals()[f"Warmup{name.capitalize()}Scheduler"]
    return cls(optimizer, warmup_steps, total_steps, peak_lr, min_lr)
