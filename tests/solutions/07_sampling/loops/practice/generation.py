"""One row, one token at a time, in Python."""

from __future__ import annotations

import math

import torch


def pad_after_eos(tokens, prompt_length, eos, pad):
    if not 0 <= prompt_length <= tokens.shape[1]:
        raise ValueError("no such prompt")
    rows = tokens.tolist()
    for row in rows:
        ended = False
        for t in range(prompt_length, len(row)):
            if ended:
                row[t] = pad
            elif row[t] == eos:
                ended = True
    return torch.tensor(rows)


def temperature_schedule(start, end, n_steps, shape="linear"):
    if n_steps < 1 or start <= 0 or end <= 0 or shape not in {"linear", "cosine"}:
        raise ValueError("cannot do that")
    temperatures = []
    for step in range(n_steps):
        if step == 0:
            temperatures.append(start)
        elif shape == "linear":
            temperatures.append(start + step * (end - start) / (n_steps - 1))
        else:
            wave = 0.5 * (1 + math.cos(math.pi * step / (n_steps - 1)))
            temperatures.append(end + (start - end) * wave)
    return temperatures


def left_pad(prompts, pad):
    if not prompts:
        raise ValueError("no prompts")
    T = max(len(prompt) for prompt in prompts)
    tokens, positions, masks = [], [], []
    for prompt in prompts:
        n = len(prompt)
        if n == 0:
            raise ValueError("an empty prompt")
        gap = T - n
        tokens.append([pad] * gap + prompt.tolist())
        positions.append([0] * gap + list(range(n)))
        masks.append([[gap <= key <= query for key in range(T)] for query in range(T)])
    return torch.tensor(tokens), torch.tensor(positions), torch.tensor(masks)


def complete(next_logits, prompt, max_new_tokens, max_len, eos=None):
    if max_new_tokens < 0:
        raise ValueError("cannot take tokens away")
    if max_len < 1:
        raise ValueError("no room")
    text = prompt.tolist()
    for _ in range(max_new_tokens):
        scores = next_logits(torch.tensor(text[-max_len:])).tolist()
        text.append(scores.index(max(scores)))
        if text[-1] == eos:
            break
    return torch.tensor(text)


def text_log_probability(logits, tokens):
    if tokens.shape != logits.shape[:-1]:
        raise ValueError("shapes differ")
    if tokens.shape[1] == 1:
        raise ValueError("too short")
    scores = []
    for b in range(len(tokens)):
        score = 0.0
        for t in range(tokens.shape[1] - 1):
            score = score + logits[b, t].log_softmax(-1)[tokens[b, t + 1]]
        scores.append(score)
    return torch.stack(scores)
