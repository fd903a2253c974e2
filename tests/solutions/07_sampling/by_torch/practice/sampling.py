"""With functions and distributions that torch has ready."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F


def most_probable(logits):
    return logits.max(dim=-1)[1]


def softmax_with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError("temperature must be above 0")
    return F.log_softmax(logits / temperature, dim=-1).exp()


def entropy_by_temperature(logits, temperatures):
    t = torch.tensor(temperatures, dtype=logits.dtype)[:, None, None]
    if (t <= 0).any():
        raise ValueError("temperatures must be above 0")
    p = F.softmax(logits / t, dim=-1)
    return -torch.xlogy(p, p).sum(-1)


def top_k_mask(logits, k):
    if k < 1:
        raise ValueError("k must be at least 1")
    ranks = torch.sort(-logits, dim=-1, stable=True)[1].argsort(dim=-1)
    return ranks.lt(k)


def nucleus_size(probabilities, p):
    if not 0.0 < p <= 1.0:
        raise ValueError("p must be above 0 and at most 1")
    cumulative = torch.sort(probabilities, dim=-1, descending=True)[0].cumsum(-1)
    wanted = torch.full((len(cumulative), 1), p, dtype=cumulative.dtype)
    size = 1 + torch.searchsorted(cumulative.contiguous(), wanted)
    return size.clamp(max=probabilities.shape[-1]).squeeze(-1)


def renormalise(probabilities, keep):
    kept = probabilities.masked_fill(keep.logical_not(), 0)
    if not kept.sum(-1).all():
        raise ValueError("a row keeps nothing")
    return F.normalize(kept, p=1, dim=-1)


def draw_by_inverse(probabilities, uniforms):
    if uniforms.dim() != 1 or uniforms.numel() != probabilities.size(0):
        raise ValueError("uniforms must have a number for each row")
    if uniforms.lt(0).any() or uniforms.ge(1).any():
        raise ValueError("uniforms must be in [0, 1)")
    cumulative = probabilities.cumsum(-1)
    ids = torch.searchsorted(cumulative, uniforms.contiguous()[:, None], right=True)[:, 0]
    return torch.minimum(ids, torch.tensor(probabilities.size(1) - 1))


def draw_by_gumbel(logits, uniforms):
    if uniforms.size() != logits.size():
        raise ValueError("uniforms must have a number for each score")
    if uniforms.le(0).any() or uniforms.ge(1).any():
        raise ValueError("uniforms must be in (0, 1)")
    # the same winner: the shortest of exponential waiting times
    waiting = torch.log(-torch.log(uniforms)) - logits
    return waiting.argmin(-1)


def repetition_penalty(logits, tokens, penalty):
    if penalty <= 0:
        raise ValueError("penalty must be above 0")
    seen = logits.gather(1, tokens)
    seen = torch.where(seen < 0, seen * penalty, seen / penalty)
    return logits.scatter(1, tokens, seen)


def filter_min_p(logits, min_p):
    if not 0 < min_p <= 1:
        raise ValueError("min_p must be above 0 and at most 1")
    logs = F.log_softmax(logits, dim=-1)
    drop = logs < logs.max(-1, keepdim=True)[0] + math.log(min_p)
    return logits.masked_fill(drop, -torch.inf)
