"""Loops and Python's own numbers; the meter keeps all that it was given."""

import math
import os
import random

import numpy as np
import torch


def compute_perplexity(loss):
    if loss > 709.0:
        return float("inf")
    return math.e**loss


def get_gradient_norm(model):
    total = 0.0
    for p in model.parameters():
        if p.grad is not None:
            total += p.grad.data.norm(2).item() ** 2
    return total**0.5


def clip_gradient_norm(model, max_norm):
    norm = get_gradient_norm(model)
    clip_coef = max_norm / (norm + 1e-6)
    if clip_coef < 1:
        for p in model.parameters():
            if p.grad is not None:
                p.grad.data.mul_(clip_coef)


def count_model_parameters(model, trainable_only=False):
    n = 0
    seen = set()
    for name, p in model.named_parameters():
        if trainable_only and not p.requires_grad:
            continue
        if id(p) in seen:
            continue
        seen.add(id(p))
        size = 1
        for s in p.shape:
            size *= s
        n += size
    return n


def estimate_model_memory(model):
    return {"bytes": 4 * count_model_parameters(model)}


def set_seed(seed):
    os.environ["PYTHONHASHSEED"] = str(seed)
    torch.random.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def get_device():
    return "cpu"


def format_time(seconds):
    return str(seconds)


class AverageMeter:
    def __init__(self):
        self.history = []

    def update(self, val, n=1):
        self.history.append((val, n))

    @property
    def avg(self):
        return sum(v * n for v, n in self.history) / sum(n for _, n in self.history)
