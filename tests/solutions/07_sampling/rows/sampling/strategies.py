"""A loop over the rows, and draws by the inverse of the cumulative sum."""

import torch


def filter_top_k(logits, k):
    if k < 1:
        raise ValueError("k < 1")
    rows = []
    for row in logits:
        new = torch.full_like(row, -float("inf"))
        for i in row.argsort(descending=True)[:k]:
            new[i] = row[i]
        rows.append(new)
    return torch.stack(rows)


def filter_top_p(logits, p):
    if not (p > 0 and p <= 1):
        raise ValueError("p is not between 0 and 1")
    rows = []
    for row in logits:
        probs = torch.softmax(row, 0)
        new = torch.full_like(row, -float("inf"))
        total = 0.0
        for i in probs.argsort(descending=True):
            new[i] = row[i]
            total += probs[i].item()
            if total >= p and p < 1:
                break
        rows.append(new)
    return torch.stack(rows)


def greedy_sample(logits):
    return torch.stack([row.argmax() for row in logits])


def _draw(probs, generator):
    u = torch.rand(len(probs), 1, dtype=torch.float64, generator=generator)
    cumulative = probs.double().cumsum(-1)
    cumulative = cumulative / cumulative[:, -1:]
    return torch.searchsorted(cumulative, u, right=True).squeeze(1)


def temperature_sample(logits, temperature=1.0, generator=None):
    if temperature <= 0:
        raise ValueError("temperature <= 0")
    return _draw(torch.softmax(logits / temperature, 1), generator)


def top_k_sample(logits, k, temperature=1.0, generator=None):
    return temperature_sample(filter_top_k(logits, k), temperature, generator)


def top_p_sample(logits, p, temperature=1.0, generator=None):
    if temperature <= 0:
        raise ValueError("temperature <= 0")
    return temperature_sample(filter_top_p(logits / temperature, p), 1.0, generator)


def combined_sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if temperature <= 0:
        raise ValueError("temperature <= 0")
    out = logits / temperature
    out = out if top_k is None else filter_top_k(out, top_k)
    out = out if top_p is None else filter_top_p(out, top_p)
    return temperature_sample(out, 1.0, generator)
