"""A table of all rates, made at once."""

from math import cos, pi

from torch.optim.lr_scheduler import LRScheduler


class _Table(LRScheduler):
    def __init__(self, optimizer, warmup_steps, total_steps, peak_lr, min_lr=0.0, last_epoch=-1):
        if not warmup_steps < total_steps:
            raise ValueError(f"{total_steps} steps, {warmup_steps} of them to warm up")
        if not min_lr <= peak_lr:
            raise ValueError(f"the least rate {min_lr} is above the peak {peak_lr}")
        self.table = [peak_lr * s / warmup_steps for s in range(warmup_steps)]
        n = total_steps - warmup_steps
        for s in range(n + 1):
            self.table.append(self.after(s / n, peak_lr, min_lr))
        LRScheduler.__init__(self, optimizer, last_epoch)

    def get_lr(self):
        lr = self.table[self.last_epoch] if self.last_epoch < len(self.table) else self.table[-1]
        return [lr] * len(self.base_lrs)


class WarmupCosineScheduler(_Table):
    @staticmethod
    def after(p, peak, least):
        return (peak + least) / 2 + (peak - least) / 2 * cos(pi * p)


class WarmupLinearScheduler(_Table):
    @staticmethod
    def after(p, peak, least):
        return peak * (1 - p) + least * p


def get_scheduler(name, optimizer, *args, **kwargs):
    known = dict(cosine=WarmupCosineScheduler, linear=WarmupLinearScheduler)
    try:
        make = known[name]
    except KeyError:
        raise ValueError(f"no scheduler is called {name!r}") from None
    return make(optimizer, *args, **kwargs)
