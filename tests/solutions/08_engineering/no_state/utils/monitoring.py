"""A class for each block; norms by way of NumPy and torch's own functions."""

import statistics
import time

import torch


class _Block:
    def __init__(self, timer, name):
        self.timer, self.name = timer, name

    def __enter__(self):
        self.start = self.timer.clock()
        return self

    def __exit__(self, *error):
        stop = self.timer.clock()
        self.timer.done.append((self.name, stop - self.start))
        return False


class StepTimer:
    def __init__(self, clock=time.perf_counter, skip=0):
        self.clock = clock
        self.skip = skip
        self.done = []

    def measure(self, name):
        return _Block(self, name)

    def summary(self):
        found = {}
        for name in dict.fromkeys(name for name, _ in self.done):
            times = [seconds for other, seconds in self.done if other == name][self.skip :]
            if times:
                found[name] = len(times), statistics.fmean(times)
        return found


def gradient_norms(model):
    given = {n: p for n, p in model.named_parameters() if p.grad is not None}
    return {n: torch.norm(p.grad.clone().detach(), p=2) for n, p in given.items()}


def find_unhealthy(norms, low=1e-8, high=1e3):
    troubles = {}
    for name in norms:
        norm = norms[name]
        if bool(torch.isnan(norm) | torch.isinf(norm)):
            troubles[name] = "not finite"
            continue
        if norm.lt(low):
            troubles[name] = "vanishing"
        if norm.gt(high):
            troubles[name] = "exploding"
    return troubles
