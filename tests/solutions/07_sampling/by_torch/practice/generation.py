"""With functions that torch and numpy have ready."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence


def pad_after_eos(tokens, prompt_length, eos, pad):
    if prompt_length not in range(tokens.size(1) + 1):
        raise ValueError("prompt_length out of range")
    ends = tokens.eq(eos)
    ends[:, :prompt_length] = False
    seen = F.pad(ends, (1, -1)).long().cummax(1)[0].bool()
    out = tokens.clone()
    out[seen] = pad
    return out


def temperature_schedule(start, end, n_steps, shape="linear"):
    if n_steps < 1:
        raise ValueError("n_steps must be at least 1")
    if start <= 0 or end <= 0:
        raise ValueError("temperatures must be above 0")
    if shape == "linear":
        return np.linspace(start, end, n_steps).tolist()
    if shape == "cosine":
        wave = np.cos(np.linspace(0, np.pi, n_steps))
        return (end + (start - end) * (wave + 1) / 2).tolist()
    raise ValueError("unknown shape")


def left_pad(prompts, pad):
    if not prompts or min(map(len, prompts)) == 0:
        raise ValueError("each prompt needs a token")
    tokens = pad_sequence([p.flip(0) for p in prompts], batch_first=True, padding_value=pad).flip(1)
    real = pad_sequence([torch.ones_like(p) for p in prompts], batch_first=True).flip(1)
    positions = F.relu(real.cumsum(1) - 1)
    mask = real.bool()[:, None].expand(-1, real.size(1), -1).tril()
    return tokens, positions, mask


def complete(next_logits, prompt, max_new_tokens, max_len, eos=None):
    if max_new_tokens < 0 or max_len < 1:
        raise ValueError("out of range")
    if max_new_tokens == 0:
        return prompt.clone()
    best = next_logits(prompt.narrow(0, max(len(prompt) - max_len, 0), min(len(prompt), max_len)))
    text = F.pad(prompt, (0, 1), value=best.max(0)[1].item())
    if text[-1].item() == eos:
        return text
    return complete(next_logits, text, max_new_tokens - 1, max_len, eos)


def text_log_probability(logits, tokens):
    if tokens.shape != logits.shape[:2] or tokens.shape[1] < 2:
        raise ValueError("tokens do not fit the scores")
    loss = F.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:], reduction="none")
    return loss.sum(-1).neg()
