"""Subclasses of LambdaLR: the peak is the base rate, a function gives the factor."""

import math
from functools import partial

from torch.optim.lr_scheduler import LambdaLR


def _factor(decay, warmup, total, least, step):
    if step < warmup:
        return step / warmup
    progress = min(1.0, (step - warmup) / (total - warmup))
    return least + (1 - least) * decay(progress)


def _cosine(p):
    return 0.5 * (1 + math.cos(math.pi * p))


def _line(p):
    return 1 - p


class _Warmup(LambdaLR):
    decay = None

    def __init__(self, optimizer, warmup_steps, total_steps, peak_lr, min_lr=0.0, last_epoch=-1):
        if total_steps <= warmup_steps:
            raise ValueError("total_steps must be > warmup_steps")
        if min_lr > peak_lr:
            raise ValueError("min_lr must be <= peak_lr")
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"] = peak_lr
        factor = partial(_factor, type(self).decay, warmup_steps, total_steps, min_lr / peak_lr)
        super().__init__(optimizer, factor, last_epoch)


class WarmupCosineScheduler(_Warmup):
    decay = _cosine


class WarmupLinearScheduler(_Warmup):
    decay = _line


def get_scheduler(name, optimizer, warmup_steps, total_steps, peak_lr, min_lr=0.0):
    if name == "cosine":
        cls = WarmupCosineScheduler
    elif name == "linear":
        cls = WarmupLinearScheduler
    else:
        raise ValueError(f"unknown scheduler {name}")
    return cls(optimizer, warmup_steps, total_steps, peak_lr, min_lr=min_lr)
