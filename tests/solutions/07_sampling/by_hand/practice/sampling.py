"""From the definitions, without torch's ready-made functions."""

from __future__ import annotations

import math

import torch


def most_probable(logits):
    top = logits.max(dim=1, keepdim=True).values
    ids = torch.arange(logits.shape[1]).expand_as(logits)
    return torch.where(logits == top, ids, logits.shape[1]).min(dim=1).values


def softmax_with_temperature(logits, temperature):
    if not temperature > 0:
        raise ValueError("the temperature must be positive")
    shifted = (logits - logits.max(1, keepdim=True).values) / temperature
    weights = shifted.exp()
    return weights / weights.sum(1, keepdim=True)


def entropy_by_temperature(logits, temperatures):
    found = []
    for t in temperatures:
        p = softmax_with_temperature(logits, t)
        found.append(-(p * torch.where(p > 0, p, torch.ones_like(p)).log()).sum(1))
    return torch.stack(found)


def top_k_mask(logits, k):
    if k <= 0:
        raise ValueError("k must be positive")
    higher = logits[:, None, :] > logits[:, :, None]  # (B, V, V): token j beats token i
    equal = logits[:, None, :] == logits[:, :, None]
    earlier = torch.ones(logits.shape[1], logits.shape[1]).tril(-1).bool()
    rank = (higher | (equal & earlier)).sum(2)
    return rank < k


def nucleus_size(probabilities, p):
    if p <= 0 or p > 1:
        raise ValueError("p must be in (0, 1]")
    ranked = probabilities.sort(1, descending=True).values
    total = torch.zeros(len(ranked), dtype=ranked.dtype)
    size = torch.zeros(len(ranked), dtype=torch.long)
    for column in ranked.T:
        size += total < p
        total = total + column
    return size


def renormalise(probabilities, keep):
    kept = probabilities * keep
    mass = kept.sum(1)
    if (mass <= 0).any():
        raise ValueError("nothing left")
    return torch.einsum("bv,b->bv", kept, 1 / mass)


def draw_by_inverse(probabilities, uniforms):
    B, V = probabilities.shape
    if tuple(uniforms.shape) != (B,):
        raise ValueError("one number for each row")
    if uniforms.min() < 0 or uniforms.max() >= 1:
        raise ValueError("numbers must be in [0, 1)")
    before = torch.ones(V, V, dtype=probabilities.dtype).triu()
    cumulative = probabilities @ before
    cumulative[:, -1] = 1.0
    return (cumulative > uniforms.unsqueeze(1)).int().argmax(1)


def draw_by_gumbel(logits, uniforms):
    if logits.shape != uniforms.shape:
        raise ValueError("one number for each score")
    if not ((uniforms > 0) & (uniforms < 1)).all():
        raise ValueError("numbers must be in (0, 1)")
    return most_probable(logits - (-uniforms.log()).log())


def repetition_penalty(logits, tokens, penalty):
    if not penalty > 0:
        raise ValueError("the penalty must be positive")
    ids = torch.arange(logits.shape[1])
    seen = (tokens[:, :, None] == ids).any(1)
    factor = torch.where(logits < 0, torch.full_like(logits, penalty), 1 / penalty)
    return torch.where(seen, logits * factor, logits)


def filter_min_p(logits, min_p):
    if not (min_p > 0 and min_p <= 1):
        raise ValueError("min_p must be in (0, 1]")
    ratio = (logits - logits.max(1, keepdim=True).values).exp()
    return torch.where(ratio >= min_p, logits, torch.full_like(logits, -math.inf))
