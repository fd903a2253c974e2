"""A mask of what is to go, shifted by one and scattered back; one draw for all."""

import torch
import torch.nn.functional as F


def filter_top_k(logits, k):
    if k <= 0:
        raise ValueError(f"k must be at least 1, got {k}")
    remove = torch.ones_like(logits, dtype=torch.bool)
    best = torch.argsort(logits, dim=-1, descending=True)[..., :k]
    remove.scatter_(-1, best, False)
    return logits.masked_fill(remove, float("-inf"))


def filter_top_p(logits, p):
    if p <= 0.0 or p > 1.0:
        raise ValueError(f"p must be in (0, 1], got {p}")
    if p == 1.0:
        return logits
    sorted_logits, sorted_indices = torch.sort(logits, descending=True, dim=-1)
    cumulative = torch.cumsum(F.softmax(sorted_logits, dim=-1), dim=-1)
    remove = cumulative >= p
    remove[..., 1:] = remove[..., :-1].clone()
    remove[..., 0] = False
    remove = torch.zeros_like(remove).scatter(-1, sorted_indices, remove)
    filtered = logits.clone()
    filtered[remove] = float("-inf")
    return filtered


def greedy_sample(logits):
    return torch.argmax(logits, -1)


def temperature_sample(logits, temperature=1.0, generator=None):
    return combined_sample(logits, temperature=temperature, generator=generator)


def top_k_sample(logits, k, temperature=1.0, generator=None):
    return combined_sample(logits, temperature, top_k=k, generator=generator)


def top_p_sample(logits, p, temperature=1.0, generator=None):
    return combined_sample(logits, temperature, top_p=p, generator=generator)


def combined_sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    logits = logits / temperature
    if top_k is not None:
        logits = filter_top_k(logits, top_k)
    if top_p is not None:
        logits = filter_top_p(logits, top_p)
    probs = F.softmax(logits, dim=-1)
    return torch.multinomial(probs, 1, generator=generator)[:, 0]
