"""Sums and counts in place of lists."""

import contextlib
import math
import time


class StepTimer:
    def __init__(self, clock=time.perf_counter, skip=0):
        self.clock, self.skip = clock, skip
        self.calls = {}
        self.total = {}

    @contextlib.contextmanager
    def measure(self, name):
        start = self.clock()
        try:
            yield
        finally:
            end = self.clock()
            self.calls[name] = self.calls.get(name, 0) + 1
            if self.calls[name] > self.skip:
                self.total[name] = self.total.get(name, 0.0) + (end - start)

    def summary(self):
        result = {}
        for name, total in self.total.items():
            count = self.calls[name] - self.skip
            result[name] = (count, total / count)
        return result


def gradient_norms(model):
    norms = {}
    for name, parameter in model.named_parameters():
        if parameter.grad is None:
            continue
        norms[name] = (parameter.grad.detach() ** 2).sum().sqrt()
    return norms


def find_unhealthy(norms, low=1e-8, high=1e3):
    found = {}
    for name, norm in norms.items():
        value = float(norm)
        if math.isnan(value) or math.isinf(value):
            found[name] = "not finite"
        elif value < low:
            found[name] = "vanishing"
        elif value > high:
            found[name] = "exploding"
    return found
