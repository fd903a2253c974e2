"""Torch's own functions, wherever there is one."""

import random

import numpy
import torch
from torch.nn.utils import clip_grad_norm_


def compute_perplexity(loss):
    return torch.exp(torch.tensor(loss)).item()


def get_gradient_norm(model):
    return clip_grad_norm_(model.parameters(), float("inf")).item()


def clip_gradient_norm(model, max_norm):
    return clip_grad_norm_(model.parameters(), max_norm)


def count_model_parameters(model, trainable_only=False):
    return sum(p.numel() for p in model.parameters() if not trainable_only or p.requires_grad)


def estimate_model_memory(model):
    return {"MB": count_model_parameters(model) * 16 / 2**20}


def set_seed(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(seed)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False


def get_device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def format_time(seconds):
    return f"{seconds:.1f}s"


class AverageMeter:
    def __init__(self, name=""):
        self.name = name
        self.reset()

    def reset(self):
        self.val = self.avg = self.sum = self.count = 0

    def update(self, val, n=1):
        self.val = val
        self.sum += val * n
        self.count += n
        self.avg = self.sum / self.count
