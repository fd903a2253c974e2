"""numpy for the numbers, torch only where it must be."""

import random

import numpy as np
import torch


def compute_perplexity(loss):
    with np.errstate(over="ignore"):
        return float(np.exp(np.float64(loss)))


def get_gradient_norm(model):
    squares = [
        np.vdot(p.grad.numpy(), p.grad.numpy()) for p in model.parameters() if p.grad is not None
    ]
    return float(np.sqrt(np.sum(squares)))


def clip_gradient_norm(model, max_norm):
    scale = max(get_gradient_norm(model) / max_norm, 1.0)
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    if gradients:
        torch._foreach_div_(gradients, scale)
    return scale > 1.0


def count_model_parameters(model, trainable_only=False):
    chosen = filter(lambda p: p.requires_grad, model.parameters())
    return int(sum(np.prod(p.shape) for p in (chosen if trainable_only else model.parameters())))


def estimate_model_memory(model):
    return {}


def set_seed(seed):
    state = np.random.RandomState(seed).get_state()
    np.random.set_state(state)
    random.setstate(random.Random(seed).getstate())
    torch.set_rng_state(torch.Generator().manual_seed(seed).get_state())


def get_device():
    return torch.device("cpu")


def format_time(seconds):
    return f"{seconds / 3600:.2f} h"


class AverageMeter:
    def __init__(self):
        self.vals, self.ns = [], []

    def update(self, val, n=1):
        self.vals.append(val)
        self.ns.append(n)

    @property
    def avg(self):
        return np.average(self.vals, weights=self.ns)
