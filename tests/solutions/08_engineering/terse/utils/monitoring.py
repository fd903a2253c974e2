"""As short as it gets."""

import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager

import torch


class StepTimer:
    def __init__(self, clock=time.perf_counter, skip=0):
        self.clock, self.skip, self.spans = clock, skip, defaultdict(list)

    @contextmanager
    def measure(self, name):
        with ExitStack() as stack:
            start = self.clock()
            stack.callback(lambda: self.spans[name].append(self.clock() - start))
            yield

    def summary(self):
        kept = {k: torch.tensor(v[self.skip :], dtype=torch.double) for k, v in self.spans.items()}
        return {k: (len(v), v.mean().item()) for k, v in kept.items() if len(v)}


def gradient_norms(model):
    with torch.no_grad():
        pairs = [(k, p.grad) for k, p in model.named_parameters()]
        return {k: torch.linalg.vector_norm(g) for k, g in pairs if g is not None}


def find_unhealthy(norms, low=1e-8, high=1e3):
    def trouble(x):
        if x != x or x == float("inf"):
            return "not finite"
        return "vanishing" if x < low else "exploding" if x > high else None

    return {k: t for k, v in norms.items() if (t := trouble(v.item()))}
