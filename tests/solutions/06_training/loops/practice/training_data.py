"""One window, one character at a time."""

from __future__ import annotations

import torch


def sliding_windows(tokens, seq_len, stride):
    if seq_len < 1 or stride < 1:
        raise ValueError("seq_len and stride start at 1")
    inputs, targets = [], []
    start = 0
    while start + seq_len < len(tokens):
        inputs.append(tokens[start : start + seq_len])
        targets.append(tokens[start + 1 : start + 1 + seq_len])
        start += stride
    if not inputs:
        raise ValueError("the text is shorter than a window")
    return torch.stack(inputs), torch.stack(targets)


def count_windows(n_tokens, seq_len, stride):
    if seq_len < 1 or stride < 1:
        raise ValueError("seq_len and stride start at 1")
    return len(range(0, n_tokens - seq_len, stride))


def build_vocabulary(text):
    characters = []
    for character in text:
        if character not in characters:
            characters.append(character)
    characters.sort()
    ids = {}
    number = 0
    for character in characters:
        ids[character] = number
        number += 1
    return ids


def split_tokens(tokens, val_fraction):
    if not (0.0 < val_fraction < 1.0):
        raise ValueError("val_fraction out of range")
    n_val = 0
    while n_val + 1 <= len(tokens) * val_fraction:
        n_val += 1
    if n_val < 1 or n_val >= len(tokens):
        raise ValueError("one side is empty")
    train = [token for i, token in enumerate(tokens.tolist()) if i < len(tokens) - n_val]
    val = [token for i, token in enumerate(tokens.tolist()) if i >= len(tokens) - n_val]
    return torch.tensor(train), torch.tensor(val)
