"""From the definitions, without torch's ready-made functions."""

from __future__ import annotations

import math

import torch


def pad_after_eos(tokens, prompt_length, eos, pad):
    if prompt_length < 0 or prompt_length > tokens.shape[1]:
        raise ValueError("no such prompt")
    place = torch.arange(tokens.shape[1])
    is_end = (tokens == eos) & (place >= prompt_length)
    first = torch.where(is_end, place, tokens.shape[1]).amin(1, keepdim=True)
    return torch.where(place > first, pad, tokens)


def temperature_schedule(start, end, n_steps, shape="linear"):
    if n_steps <= 0:
        raise ValueError("need a step")
    if min(start, end) <= 0:
        raise ValueError("temperatures must be positive")
    if shape not in ("linear", "cosine"):
        raise ValueError("unknown shape")
    if n_steps == 1:
        return [start]
    last = n_steps - 1
    if shape == "linear":
        return [(start * (last - n) + end * n) / last for n in range(n_steps)]
    middle, half = (start + end) / 2, (start - end) / 2
    return [middle + half * math.cos(math.pi * n / last) for n in range(n_steps)]


def left_pad(prompts, pad):
    if len(prompts) == 0:
        raise ValueError("no prompts")
    lengths = torch.tensor([prompt.numel() for prompt in prompts])
    if (lengths == 0).any():
        raise ValueError("an empty prompt")
    T = int(lengths.max())
    missing = (T - lengths)[:, None]
    rows = [torch.cat((torch.full((T - len(p),), pad), p)) for p in prompts]
    column = torch.arange(T)
    positions = torch.relu(column - missing)
    mask = (column[:, None] >= column) & (column[None, None, :] >= missing[..., None])
    return torch.stack(rows), positions, mask


def complete(next_logits, prompt, max_new_tokens, max_len, eos=None):
    if max_new_tokens < 0 or max_len < 1:
        raise ValueError("out of range")
    buffer = torch.empty(len(prompt) + max_new_tokens, dtype=prompt.dtype)
    buffer[: len(prompt)] = prompt
    end = len(prompt)
    while end < len(buffer):
        scores = next_logits(buffer[max(0, end - max_len) : end].clone())
        buffer[end] = int((scores == scores.max()).nonzero()[0])
        end += 1
        if buffer[end - 1] == eos:
            break
    return buffer[:end]


def text_log_probability(logits, tokens):
    B, T, V = logits.shape
    if tuple(tokens.shape) != (B, T) or T < 2:
        raise ValueError("shapes differ")
    scores, said = logits[:, :-1], tokens[:, 1:]
    top = scores.max(-1, keepdim=True).values
    normaliser = (scores - top).exp().sum(-1).log() + top[..., 0]
    one_hot = (said[..., None] == torch.arange(V)).to(logits.dtype)
    return torch.einsum("btv,btv->b", scores, one_hot) - normaliser.sum(-1)
