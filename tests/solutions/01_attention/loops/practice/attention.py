"""Practice for module 01, written with loops over batch rows, queries and keys."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def raw_scores(query: Tensor, key: Tensor) -> Tensor:
    """Dot products of queries and keys, one at a time."""
    if query.shape[-1] != key.shape[-1]:
        raise ValueError("query and key have different widths")
    if query.dim() > 2:
        return torch.stack([raw_scores(q, k) for q, k in zip(query, key, strict=True)])
    return torch.stack([torch.stack([torch.dot(q, k) for k in key]) for q in query])


def scale_scores(scores: Tensor, d_k: int) -> Tensor:
    """Scores over the root of d_k."""
    if not d_k >= 1:
        raise ValueError("d_k is too small")
    return scores.div(d_k**0.5)


def apply_mask(scores: Tensor, mask: Tensor) -> Tensor:
    """Scores, with -inf where hidden, filled in entry by entry."""
    if mask.is_floating_point():
        return scores + mask
    if mask.dtype is not torch.bool:
        raise ValueError("not a mask")
    masked = scores.clone()
    wide = mask.expand(scores.shape)
    for index in torch.cartesian_prod(*(torch.arange(size) for size in scores.shape)):
        place = tuple(index.tolist())
        if not wide[place]:
            masked[place] = float("-inf")
    return masked


def attention_weights(scores: Tensor) -> Tensor:
    """Softmax of each row that sees something."""
    if scores.dim() > 1:
        return torch.stack([attention_weights(row) for row in scores])
    if bool(torch.isneginf(scores).all()):
        return torch.zeros_like(scores)
    return scores.softmax(0)


def mix_values(weights: Tensor, value: Tensor) -> Tensor:
    """Weighted sum of the values, added up one by one."""
    if weights.shape[-1] != value.shape[-2]:
        raise ValueError("not one value for each weight")
    mixed = torch.zeros(*weights.shape[:-1], value.shape[-1], dtype=value.dtype)
    for j in range(value.shape[-2]):
        mixed = mixed + weights[..., j : j + 1] * value[..., j : j + 1, :]
    return mixed


def attend_one(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """One query, made of the steps before."""
    if keys.shape[0] != values.shape[0]:
        raise ValueError("not one value for each key")
    weights = attention_weights(scale_scores(raw_scores(query[None], keys), query.numel()))
    return mix_values(weights, values)[0]


def fixed_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention, query by query."""
    if query.dim() > 2:
        rows = zip(query, key, value, strict=True)
        return torch.stack([fixed_attention(q, k, v) for q, k, v in rows])
    return torch.stack([attend_one(q, key, value) for q in query])


def padding_mask(lengths: Tensor, max_len: int) -> Tensor:
    """True at the first tokens of each row."""
    mask = torch.zeros(len(lengths), 1, max_len, dtype=torch.bool)
    for row, length in enumerate(lengths.tolist()):
        if length not in range(max_len + 1):
            raise ValueError(f"length {length} is out of range")
        for column in range(length):
            mask[row, 0, column] = True
    return mask


def split_heads(x: Tensor, n_heads: int) -> Tensor:
    """A slice of the columns for each head."""
    width = x.shape[2] // n_heads if n_heads > 0 else 0
    if width * n_heads != x.shape[2]:
        raise ValueError("the heads do not fit the width")
    return torch.stack([x[:, :, h * width : (h + 1) * width] for h in range(n_heads)], dim=1)


def attend_chunk(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    state: tuple[Tensor, Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The state after one more chunk, taken in key by key."""
    if query.shape[-1] != key.shape[-1]:
        raise ValueError("query and key have different widths")
    if key.shape[-2] != value.shape[-2]:
        raise ValueError("not one value for each key")
    for j in range(key.shape[-2]):
        products = query * key[..., j : j + 1, :]
        score = products.sum(dim=-1, keepdim=True) / math.sqrt(query.shape[-1])
        this = value[..., j : j + 1, :]
        if state is None:
            state = score, torch.ones_like(score), this.expand(*query.shape[:-1], -1)
            continue
        top = torch.where(score > state[0], score, state[0])
        old, new = torch.exp(state[0] - top), torch.exp(score - top)
        state = top, state[1] * old + new, state[2] * old + new * this
    assert state is not None
    return state
