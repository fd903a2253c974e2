"""As short as it gets."""

from __future__ import annotations

import math

import torch


def sliding_windows(tokens, seq_len, stride):
    if seq_len < 1 or stride < 1 or tokens.shape[0] < seq_len + 1:
        raise ValueError(f"{tokens.shape[0]} tokens, seq_len {seq_len}, stride {stride}")
    return tokens[:-1].unfold(0, seq_len, stride), tokens[1:].unfold(0, seq_len, stride)


def count_windows(n_tokens, seq_len, stride):
    if not (seq_len >= 1 and stride >= 1):
        raise ValueError(f"seq_len {seq_len}, stride {stride}")
    return max(-((seq_len - n_tokens) // stride), 0)


def build_vocabulary(text):
    characters = sorted({*text})
    return dict(zip(characters, range(len(characters))))


def split_tokens(tokens, val_fraction):
    n_val = math.floor(val_fraction * tokens.size(0))
    if not (0 < val_fraction < 1 and n_val):
        raise ValueError(f"val_fraction {val_fraction} of {tokens.size(0)} tokens")
    return torch.split(tokens, [tokens.size(0) - n_val, n_val])
