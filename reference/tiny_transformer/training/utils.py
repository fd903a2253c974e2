"""Small things that every training loop needs: perplexity, gradient norms, seeds, averages.

Source of the clipping: Pascanu et al., 2013, https://arxiv.org/abs/1211.5063
"""

from __future__ import annotations

import math
import random

import numpy as np
import torch
from torch import Tensor, nn


def compute_perplexity(loss: float) -> float:
    """exp of the mean loss per token (in nats): among how many tokens the model is undecided.

    A loss too large for a float gives infinity: ``compute_perplexity(1000.0)`` is ``inf``.
    """
    ### BEGIN SOLUTION
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf
    ### END SOLUTION


### BEGIN SOLUTION
def _gradients(model: nn.Module) -> list[Tensor]:
    return [p.grad for p in model.parameters() if p.grad is not None]


### END SOLUTION
def get_gradient_norm(model: nn.Module) -> float:
    """The Euclidean norm of all gradients of the model, as if they were one long vector.

    Parameters without a gradient do not count; where none has one, the norm is 0. The gradients
    stay as they are.
    """
    ### BEGIN SOLUTION
    return math.hypot(*(gradient.norm() for gradient in _gradients(model)))
    ### END SOLUTION


def clip_gradient_norm(model: nn.Module, max_norm: float) -> None:
    """Where that norm is above ``max_norm``, shrink all gradients by one factor so that it is not.

    The direction stays; gradients that are small enough stay as they are, and parameters without a
    gradient stay without one. To be called after backward and before the step. What it returns is
    yours.
    """
    ### BEGIN SOLUTION
    norm = get_gradient_norm(model)
    if norm > max_norm:
        for gradient in _gradients(model):
            gradient.mul_(max_norm / norm)
    ### END SOLUTION


def count_model_parameters(model: nn.Module, trainable_only: bool = False) -> int:
    """Size of all parameters (or all that require a gradient), a shared tensor counted once."""
    ### BEGIN SOLUTION
    wanted = [p for p in model.parameters() if p.requires_grad or not trainable_only]
    return sum(p.numel() for p in wanted)
    ### END SOLUTION


def estimate_model_memory(model: nn.Module, bytes_per_number: int = 4) -> dict[str, int]:
    """Bytes that training with Adam keeps for the weights: values, gradients, two averages."""
    trained = count_model_parameters(model, trainable_only=True)
    numbers = {
        "parameters": count_model_parameters(model),
        "gradients": trained,
        "optimizer": 2 * trained,
    }
    parts = {name: count * bytes_per_number for name, count in numbers.items()}
    return {**parts, "total": sum(parts.values())}


def set_seed(seed: int) -> None:
    """Seed all that training draws from: Python's ``random``, NumPy's global stream, and torch.

    Equal seeds lead to equal draws of each of the three, different seeds to different ones.
    """
    ### BEGIN SOLUTION
    for seed_one in (random.seed, np.random.seed, torch.manual_seed):  # the last of all devices
        seed_one(seed)
    ### END SOLUTION


def get_device() -> torch.device:
    """The fastest device here: CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def format_time(seconds: float) -> str:
    """A duration for people: "8s", "2m 05s", "1h 00m 07s"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes:02}m {rest:02}s"
    return f"{minutes}m {rest:02}s" if minutes else f"{rest}s"


class AverageMeter:
    """A weighted mean that grows: of a loss over batches of different sizes, say.

    ``avg`` is the mean of all values so far, each with the weight that came with it.
    """

    def __init__(self) -> None:
        ### BEGIN SOLUTION
        self.total = 0.0
        self.count = 0
        ### END SOLUTION

    def update(self, val: float, n: int = 1) -> None:
        """Take in the mean ``val`` of ``n`` items."""
        ### BEGIN SOLUTION
        self.total += val * n
        self.count += n
        ### END SOLUTION

    @property
    def avg(self) -> float:
        """The mean so far; before the first value it is open what it is."""
        ### BEGIN SOLUTION
        return self.total / self.count
        ### END SOLUTION
