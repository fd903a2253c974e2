"""No sorting: each token is compared with every other one; draws by a race of exponentials."""

import torch


def _likelier(logits):
    """[B, V, V]: whether token j comes before token i, ties by index."""
    mine, other = logits[:, :, None], logits[:, None, :]
    index = torch.arange(logits.shape[-1])
    return (other > mine) | ((other == mine) & (index[None, :] < index[:, None]))


def filter_top_k(logits, k):
    if k < 1:
        raise ValueError("k must be at least 1")
    return torch.where(_likelier(logits).sum(-1) < k, logits, -torch.inf)


def filter_top_p(logits, p):
    if p <= 0 or p > 1:
        raise ValueError("p must be above 0 and at most 1")
    chances = (logits - logits.amax(-1, keepdim=True)).exp()
    chances = chances / chances.sum(-1, keepdim=True)
    before = (_likelier(logits) * chances[:, None, :]).sum(-1)
    return torch.where((before < p) | (p == 1), logits, -torch.inf)


def greedy_sample(logits):
    return _likelier(logits).any(-1).logical_not().int().argmax(-1)


def temperature_sample(logits, temperature=1.0, generator=None):
    if temperature <= 0:
        raise ValueError("temperature must be above 0")
    times = torch.empty_like(logits, dtype=torch.float64).exponential_(generator=generator)
    logs = torch.log_softmax(logits / temperature, dim=-1)
    return (logs - times.log()).argmax(-1)


def top_k_sample(logits, k, temperature=1.0, generator=None):
    left = filter_top_k(logits, k)
    return temperature_sample(left, temperature, generator)


def top_p_sample(logits, p, temperature=1.0, generator=None):
    if temperature <= 0:
        raise ValueError("temperature must be above 0")
    left = filter_top_p(logits / temperature, p)
    return temperature_sample(torch.where(left == -torch.inf, left, logits), temperature, generator)


def combined_sample(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if top_k is not None:
        logits = filter_top_k(logits, top_k)
    if top_p is None:
        return temperature_sample(logits, temperature, generator)
    return top_p_sample(logits, top_p, temperature, generator)
