"""In plain Python: lists, math and sorted; torch only to come in and to go out."""

import bisect
import math
from itertools import accumulate

import torch


def _softmax(row):
    top = max(row)
    e = [math.exp(x - top) for x in row]
    return [x / sum(e) for x in e]


def _with(logits, choose):
    rows = []
    for row in logits.tolist():
        kept = choose(row)
        rows.append([x if i in kept else -math.inf for i, x in enumerate(row)])
    return torch.tensor(rows, dtype=logits.dtype)


def _order(row):
    return sorted(range(len(row)), key=lambda i: -row[i])


def filter_top_k(logits, k):
    if k < 1:
        raise ValueError(f"k should be 1 or more, it is {k}")
    return _with(logits, lambda row: set(_order(row)[:k]))


def filter_top_p(logits, p):
    if not 0 < p <= 1:
        raise ValueError(f"p should be in (0, 1], it is {p}")

    def choose(row):
        order = _order(row)
        if p == 1:
            return set(order)
        chances = _softmax(row)
        sums = list(accumulate(chances[i] for i in order))
        return set(order[: bisect.bisect_left(sums, p) + 1])

    return _with(logits, choose)


def greedy_sample(logits):
    return torch.tensor([row.index(max(row)) for row in logits.tolist()])


def temperature_sample(logits, temperature=1.0, generator=None):
    if not temperature > 0:
        raise ValueError(f"temperature should be above 0, it is {temperature}")
    ids = []
    chance = torch.rand(len(logits), dtype=torch.float64, generator=generator).tolist()
    for row, u in zip(logits.tolist(), chance):
        sums = list(accumulate(_softmax([x / temperature for x in row])))
        ids.append(min(bisect.bisect_right(sums, u * sums[-1]), len(row) - 1))
    return torch.tensor(ids)


def top_k_sample(logits, k, temperature=1.0, generator=None):
    return temperature_sample(filter_top_k(logits, k), temperature, generator)


def top_p_sample(logits, p, temperature=1.0, generator=None):
    if not temperature > 0:
        raise ValueError(f"temperature should be above 0, it is {temperature}")
    return temperature_sample(filter_top_p(logits / temperature, p), 1, generator)


def combined_sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if not temperature > 0:
        raise ValueError(f"temperature should be above 0, it is {temperature}")
    logits = filter_top_k(logits / temperature, logits.size(1) if top_k is None else top_k)
    return top_p_sample(logits, 1.0 if top_p is None else top_p, 1.0, generator)
