"""Attention one query at a time, as a beginner would write it down."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def create_causal_mask(seq_len, device=None):
    if seq_len < 1:
        raise ValueError("seq_len must be at least 1, got " + str(seq_len))
    mask = torch.zeros(seq_len, seq_len)
    for i in range(seq_len):
        for j in range(i + 1, seq_len):
            mask[i, j] = -math.inf
    return mask if device is None else mask.to(device)


def check(query, key, value):
    if query.size(-1) != key.size(-1):
        raise ValueError("query and key must have one width")
    if key.size(-2) != value.size(-2):
        raise ValueError("there must be one value per key")


def spread_mask(mask, shape):
    """A boolean of what is hidden and a float to add, both of the full shape."""
    if mask.dtype not in (torch.bool, torch.float16, torch.bfloat16, torch.float32, torch.float64):
        raise TypeError("the mask must be boolean or float")
    if len(mask.shape) > len(shape):
        raise ValueError("the mask is larger than the scores")
    for have, need in zip(reversed(mask.shape), reversed(shape)):
        if have not in (1, need):
            raise ValueError(f"the mask has a size {have} where the scores have {need}")
    mask = mask.expand(shape)
    if mask.dtype == torch.bool:
        return ~mask, torch.zeros(shape)
    return mask == -math.inf, mask


def scaled_dot_product_attention(query, key, value, mask=None, dropout=None):
    check(query, key, value)
    batch = query.shape[:-2]
    t_q, t_k = query.size(-2), key.size(-2)
    shape = (*batch, t_q, t_k)
    hidden, extra = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape)
    if mask is not None:
        hidden, extra = spread_mask(mask, shape)
    rows = []
    for i in range(t_q):
        scores = (query[..., i : i + 1, :] * key).sum(-1) / math.sqrt(key.size(-1))
        scores = scores + extra[..., i, :].to(scores.dtype).clamp(min=-1e30)
        scores = scores.masked_fill(hidden[..., i, :], -torch.inf)
        empty = hidden[..., i, :].all(-1, keepdim=True)
        row = F.softmax(torch.where(empty, torch.zeros_like(scores), scores), dim=-1)
        rows.append(torch.where(empty, torch.zeros_like(row), row))
    weights = torch.stack(rows, dim=-2)
    dropped = weights
    if dropout is not None:
        dropped = dropout(weights)
    output = 0
    for j in range(t_k):
        output = output + dropped[..., :, j : j + 1] * value[..., j : j + 1, :]
    return output, weights


class Attention(nn.Module):
    def __init__(self, dropout=0.1):
        super().__init__()
        if dropout < 0 or dropout > 1:
            raise ValueError("dropout must lie between 0 and 1, got " + str(dropout))
        self.rate = dropout

    def forward(self, query, key, value, mask=None):
        dropout = lambda w: F.dropout(w, self.rate, training=self.training)  # noqa: E731
        return scaled_dot_product_attention(query, key, value, mask, dropout)
