"""Each rate from the one before it, as torch's own chainable schedulers have it."""

import math

import torch


class WarmupCosineScheduler(torch.optim.lr_scheduler.LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, peak_lr, min_lr=0.0, last_epoch=-1):
        if total_steps <= warmup_steps or min_lr > peak_lr:
            raise ValueError(f"{total_steps=} {warmup_steps=} {min_lr=} {peak_lr=}")
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.peak_lr = peak_lr
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch=last_epoch)

    def _fall(self, s, n):
        """How much lower step s of n is than the peak."""
        return (self.peak_lr - self.min_lr) * math.sin(math.pi * s / n / 2) ** 2

    def _change(self):
        step, n = self.last_epoch, self.total_steps - self.warmup_steps
        if step <= self.warmup_steps:
            return self.peak_lr / self.warmup_steps
        if step > self.total_steps:
            return 0.0
        s = step - self.warmup_steps
        return self._fall(s - 1, n) - self._fall(s, n)

    def get_lr(self):
        groups = self.optimizer.param_groups
        if self.last_epoch == 0:
            return [0.0 if self.warmup_steps else self.peak_lr for _ in groups]
        return [group["lr"] + self._change() for group in groups]


class WarmupLinearScheduler(WarmupCosineScheduler):
    def _fall(self, s, n):
        return (self.peak_lr - self.min_lr) * s / n


def get_scheduler(name, optimizer, warmup_steps, total_steps, peak_lr, min_lr=0.0):
    match name:
        case "cosine":
            made = WarmupCosineScheduler
        case "linear":
            made = WarmupLinearScheduler
        case _:
            raise ValueError(name)
    return made(optimizer, warmup_steps, total_steps, peak_lr, min_lr)
