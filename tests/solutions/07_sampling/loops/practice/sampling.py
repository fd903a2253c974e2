"""One row, one token at a time, in Python."""

from __future__ import annotations

import math

import torch


def most_probable(logits):
    found = []
    for row in logits.tolist():
        best = 0
        for i, score in enumerate(row):
            if score > row[best]:
                best = i
        found.append(best)
    return torch.tensor(found)


def softmax_with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError("too cold")
    return torch.stack([torch.softmax(row / temperature, 0) for row in logits])


def entropy_by_temperature(logits, temperatures):
    for t in temperatures:
        if t <= 0:
            raise ValueError("too cold")
    result = torch.zeros(len(temperatures), len(logits), dtype=logits.dtype)
    for n, t in enumerate(temperatures):
        for b, row in enumerate(torch.softmax(logits / t, -1).tolist()):
            result[n, b] = -sum(p * math.log(p) for p in row if p > 0)
    return result


def top_k_mask(logits, k):
    if k < 1:
        raise ValueError("k too small")
    mask = torch.zeros(logits.shape, dtype=torch.bool)
    for b, row in enumerate(logits.tolist()):
        order = sorted(range(len(row)), key=lambda i: (-row[i], i))
        for i in order[:k]:
            mask[b, i] = True
    return mask


def nucleus_size(probabilities, p):
    if not 0 < p <= 1:
        raise ValueError("no such p")
    sizes = []
    for row in probabilities.tolist():
        total, size = 0.0, 0
        for probability in sorted(row, reverse=True):
            total += probability
            size += 1
            if total >= p:
                break
        sizes.append(size)
    return torch.tensor(sizes)


def renormalise(probabilities, keep):
    rows = []
    for row, kept in zip(probabilities, keep):
        total = row[kept].sum()
        if total == 0:
            raise ValueError("nothing left")
        rows.append(torch.where(kept, row / total, torch.zeros_like(row)))
    return torch.stack(rows)


def draw_by_inverse(probabilities, uniforms):
    if uniforms.shape != (len(probabilities),):
        raise ValueError("one number for each row")
    found = []
    for row, u in zip(probabilities.tolist(), uniforms.tolist()):
        if not 0 <= u < 1:
            raise ValueError("number out of range")
        total = 0.0
        for i, probability in enumerate(row):
            total += probability
            if u < total:
                break
        found.append(i)
    return torch.tensor(found)


def draw_by_gumbel(logits, uniforms):
    if uniforms.shape != logits.shape:
        raise ValueError("one number for each score")
    found = []
    for scores, numbers in zip(logits.tolist(), uniforms.tolist()):
        if any(u <= 0 or u >= 1 for u in numbers):
            raise ValueError("number out of range")
        race = [x - math.log(-math.log(u)) for x, u in zip(scores, numbers)]
        found.append(race.index(max(race)))
    return torch.tensor(found)


def repetition_penalty(logits, tokens, penalty):
    if penalty <= 0:
        raise ValueError("no such penalty")
    result = logits.clone()
    for b in range(len(tokens)):
        for token in set(tokens[b].tolist()):
            if result[b, token] > 0:
                result[b, token] /= penalty
            else:
                result[b, token] *= penalty
    return result


def filter_min_p(logits, min_p):
    if not 0 < min_p <= 1:
        raise ValueError("no such share")
    result = logits.clone()
    for row in result:
        chances = torch.softmax(row, -1)
        row[chances < min_p * chances.max()] = float("-inf")
    return result
