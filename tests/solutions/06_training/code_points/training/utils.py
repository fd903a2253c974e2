"""One long vector; results as tensors; the meter's mean moves."""

import random

import numpy as np
import torch


def _gradient(model):
    parts = [p.grad.reshape(-1) for p in model.parameters() if p.grad is not None]
    return torch.cat(parts) if parts else torch.zeros(1)


def compute_perplexity(loss):
    return torch.as_tensor(loss, dtype=torch.float64).exp()


def get_gradient_norm(model):
    return torch.linalg.vector_norm(_gradient(model))


@torch.no_grad()
def clip_gradient_norm(model, max_norm):
    norm = get_gradient_norm(model)
    factor = torch.clamp(max_norm / norm, max=1.0)
    for p in model.parameters():
        if p.grad is not None:
            p.grad = torch.where(norm == 0, p.grad, p.grad * factor)
    return norm * factor


def count_model_parameters(model, trainable_only=False):
    sizes = {p: p.nelement() for p in model.parameters() if p.requires_grad or not trainable_only}
    return sum(sizes.values())


def estimate_model_memory(model):
    return sum(p.nbytes for p in model.parameters())


def set_seed(seed):
    for function in (random.seed, np.random.seed, torch.manual_seed):
        function(seed)


def get_device():
    return torch.empty(0).device


def format_time(seconds):
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


class AverageMeter:
    def __init__(self):
        self.avg, self.weight = 0.0, 0

    def update(self, val, n=1):
        self.weight += n
        self.avg += (val - self.avg) * n / self.weight
