"""A threshold with ties broken by index; draws by adding Gumbel noise and taking the best."""

import math

import torch

NEG = -math.inf


def filter_top_k(logits, k):
    if k < 1:
        raise ValueError(f"k={k}")
    k = min(k, logits.shape[1])
    kth = torch.kthvalue(logits, logits.shape[1] - k + 1, dim=1, keepdim=True).values
    above = logits > kth
    tied = logits == kth
    room = k - above.sum(1, keepdim=True)
    tied_kept = tied & (tied.cumsum(1) <= room)
    return torch.where(above | tied_kept, logits, torch.tensor(NEG, dtype=logits.dtype))


def filter_top_p(logits, p):
    if not 0 < p <= 1:
        raise ValueError(f"p={p}")
    order = logits.argsort(dim=1, descending=True)
    logs = torch.log_softmax(logits.gather(1, order), dim=1)
    reached = logs.logcumsumexp(dim=1) >= math.log(p)
    needed = (~reached).sum(1, keepdim=True) + 1
    if p == 1:
        needed = needed * 0 + logits.shape[1]
    ranks = order.argsort(dim=1)
    return logits.masked_fill(ranks >= needed, NEG)


def greedy_sample(logits):
    return logits.max(dim=1).indices


def _gumbel(like, generator):
    u = torch.rand(like.shape, dtype=torch.float64, generator=generator)
    return -torch.log(-torch.log(u.clamp_min(1e-300)))


def temperature_sample(logits, temperature=1.0, generator=None):
    if not temperature > 0:
        raise ValueError(f"temperature={temperature}")
    return (logits.double() / temperature + _gumbel(logits, generator)).argmax(dim=1)


def top_k_sample(logits, k, temperature=1.0, generator=None):
    return combined_sample(logits, temperature, k, None, generator)


def top_p_sample(logits, p, temperature=1.0, generator=None):
    return combined_sample(logits, temperature, None, p, generator)


def combined_sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if not temperature > 0:
        raise ValueError(f"temperature={temperature}")
    x = logits / temperature
    for f, limit in ((filter_top_k, top_k), (filter_top_p, top_p)):
        if limit is not None:
            x = f(x, limit)
    return temperature_sample(x, generator=generator)
