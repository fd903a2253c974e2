"""A running mean, and norms of flat vectors."""

import time
from contextlib import contextmanager


class StepTimer:
    def __init__(self, clock=time.perf_counter, skip=0):
        self._clock, self._skip, self._left, self._means = clock, skip, {}, {}

    @contextmanager
    def measure(self, name):
        start = self._clock()
        try:
            yield self
        except BaseException:
            self._note(name, self._clock() - start)
            raise
        else:
            self._note(name, self._clock() - start)

    def _note(self, name, seconds):
        left = self._left.setdefault(name, self._skip)
        if left:
            self._left[name] = left - 1
            return
        count, mean = self._means.get(name, (0, 0.0))
        self._means[name] = (count + 1, mean + (seconds - mean) / (count + 1))

    def summary(self):
        return dict(self._means)


def gradient_norms(model):
    found = {}
    for name, parameter in model.named_parameters():
        gradient = parameter.grad
        if gradient is not None:
            flat = gradient.data.reshape(-1)
            found[name] = flat.dot(flat).sqrt()
    return found


def find_unhealthy(norms, low=1e-8, high=1e3):
    verdicts = {
        "not finite": lambda norm: not abs(norm) < float("inf"),
        "vanishing": lambda norm: norm < low,
        "exploding": lambda norm: norm > high,
    }
    found = {}
    for name, norm in norms.items():
        said = [verdict for verdict, holds in verdicts.items() if holds(norm.item())]
        if said:
            found[name] = said[0]
    return found
