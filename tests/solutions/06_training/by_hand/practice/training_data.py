"""Indices first: which token stands where."""

from __future__ import annotations

import torch


def sliding_windows(tokens, seq_len, stride):
    if seq_len <= 0:
        raise ValueError("seq_len must be positive")
    if stride <= 0:
        raise ValueError("stride must be positive")
    last = len(tokens) - (seq_len + 1)
    if last < 0:
        raise ValueError("too few tokens for one window")
    starts = torch.arange(0, last + 1, stride)
    where = starts[:, None] + torch.arange(seq_len)[None, :]
    return tokens[where], tokens[where + 1]


def count_windows(n_tokens, seq_len, stride):
    if min(seq_len, stride) < 1:
        raise ValueError("sizes must be positive")
    if n_tokens < seq_len + 1:
        return 0
    rest = n_tokens - (seq_len + 1)
    return 1 + (rest - rest % stride) // stride


def build_vocabulary(text):
    vocabulary = {}
    for character in sorted(text):
        if character not in vocabulary:
            vocabulary[character] = len(vocabulary)
    return vocabulary


def split_tokens(tokens, val_fraction):
    if val_fraction <= 0 or val_fraction >= 1:
        raise ValueError("val_fraction must be between 0 and 1")
    n = tokens.shape[0]
    first_of_val = n - int(n * val_fraction)
    if first_of_val == n:
        raise ValueError("no token for validation")
    return tokens[:first_of_val].clone(), tokens[first_of_val:].clone()
