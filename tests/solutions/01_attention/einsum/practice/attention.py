"""Practice for module 01, written with einsum."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softmax

NEVER = float("-inf")


def raw_scores(query: Tensor, key: Tensor) -> Tensor:
    """Dot products of queries and keys."""
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(f"query is {query.shape[-1]} wide, but key is {key.shape[-1]} wide")
    return torch.einsum("...qd,...kd->...qk", query, key)


def scale_scores(scores: Tensor, d_k: int) -> Tensor:
    """Scores times one over the root of d_k."""
    if d_k <= 0:
        raise ValueError(f"d_k must be positive, not {d_k}")
    return torch.mul(scores, d_k**-0.5)


def apply_mask(scores: Tensor, mask: Tensor) -> Tensor:
    """Scores, with -inf where hidden."""
    if mask.dtype not in (torch.bool, torch.float16, torch.bfloat16, torch.float32, torch.float64):
        raise TypeError(f"a mask is boolean or floating point, not {mask.dtype}")
    if mask.dtype == torch.bool:
        mask = torch.where(mask, 0.0, NEVER)
    return scores.add(mask.type_as(scores))


def attention_weights(scores: Tensor) -> Tensor:
    """Softmax, with zeros where nothing is visible."""
    visible = scores.isfinite().any(-1, keepdim=True)
    weights = softmax(torch.where(visible, scores, torch.zeros_like(scores)), -1)
    return weights * visible


def mix_values(weights: Tensor, value: Tensor) -> Tensor:
    """Weighted sum of the values."""
    if weights.shape[-1] != value.shape[-2]:
        raise ValueError(f"{weights.shape[-1]} weights in a row for {value.shape[-2]} values")
    return torch.einsum("...qk,...kv->...qv", weights, value)


def attend_one(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """One query, the mean of the values."""
    if query.shape[0] != keys.shape[1]:
        raise ValueError(f"the query is {query.shape[0]} wide, the keys are {keys.shape[1]} wide")
    if len(keys) != len(values):
        raise ValueError(f"{len(keys)} keys, but {len(values)} values")
    weights = softmax(torch.einsum("d,kd->k", query, keys) * len(query) ** -0.5, 0)
    return torch.einsum("k,kv->v", weights, values)


def fixed_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """The buggy function, mended where it stood."""
    energy = torch.einsum("...kd,...qd->...kq", key, query)
    energy = energy * key.shape[-1] ** -0.5
    share = (energy - energy.max(-2, keepdim=True).values).exp()
    share = share / share.sum(-2, keepdim=True)
    return torch.einsum("...kq,...kv->...qv", share, value)


def padding_mask(lengths: Tensor, max_len: int) -> Tensor:
    """True at the first tokens of each row."""
    if lengths.min() < 0 or lengths.max() > max_len:
        raise ValueError(f"lengths go from 0 to {max_len}, not {lengths}")
    return torch.arange(max_len).expand(len(lengths), 1, max_len) < lengths.reshape(-1, 1, 1)


def split_heads(x: Tensor, n_heads: int) -> Tensor:
    """[B, T, D] as [B, H, T, D/H]."""
    if n_heads < 1 or x.shape[-1] % n_heads:
        raise ValueError(f"{n_heads} heads cannot share a width of {x.shape[-1]}")
    return torch.einsum("bthd->bhtd", x.reshape(*x.shape[:2], n_heads, -1))


def attend_chunk(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    state: tuple[Tensor, Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The state after one more chunk: its own state, merged with the one before."""
    energy = scale_scores(raw_scores(query, key), query.shape[-1])
    top = energy.max(-1, keepdim=True).values
    share = (energy - top).exp()
    new = top, share.sum(-1, keepdim=True), mix_values(share, value)
    if state is None:
        return new
    both = torch.maximum(state[0], new[0])
    before, now = (state[0] - both).exp(), (new[0] - both).exp()
    return both, before * state[1] + now * new[1], before * state[2] + now * new[2]
