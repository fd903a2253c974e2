"""Practice for module 02, written with einsum and reshape."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softmax


def head_columns(x: Tensor, n_heads: int, head: int) -> Tensor:
    """One head of a reshaped view."""
    if head < 0 or head >= n_heads:
        raise ValueError(f"there is no head {head} among {n_heads}")
    return x.reshape(*x.shape[:2], n_heads, -1)[:, :, head]


def merge_heads(x: Tensor) -> Tensor:
    """[B, H, T, d] as [B, T, H * d]."""
    b, h, t, d = x.shape
    return torch.einsum("bhtd->bthd", x).reshape(b, t, h * d)


def project_head(x: Tensor, weight: Tensor, bias: Tensor, n_heads: int, head: int) -> Tensor:
    """x through the head's block of the weight."""
    block = weight.reshape(n_heads, -1, weight.shape[1])[head]
    return torch.einsum("btd,ed->bte", x, block) + bias.reshape(n_heads, -1)[head]


def head_scores(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    """Dot products in every head."""
    q = query.reshape(*query.shape[:2], n_heads, -1)
    k = key.reshape(*key.shape[:2], n_heads, -1)
    return torch.einsum("bqhd,bkhd->bhqk", q, k) * q.shape[-1] ** -0.5


def head_mask(mask: Tensor, batch: int, n_heads: int) -> Tensor:
    """The mask of each head."""
    t_q, t_k = mask.shape[-2:] if mask.dim() > 1 else (0, 0)
    if mask.shape == (t_q, t_k):
        return mask.repeat(batch, n_heads, 1, 1)
    if mask.shape == (batch, t_q, t_k):
        return mask.reshape(batch, 1, t_q, t_k).repeat(1, n_heads, 1, 1)
    if mask.shape == (batch, 1, t_q, t_k):
        return mask.repeat(1, n_heads, 1, 1)
    if mask.shape == (batch, n_heads, t_q, t_k):
        return mask.clone()
    raise ValueError(f"a mask of {list(mask.shape)} fits no {batch} sequences of {n_heads} heads")


def fold_mask(mask: Tensor, n_heads: int) -> Tensor:
    """Spread over the heads, then fold."""
    return mask.unsqueeze(1).expand(-1, n_heads, -1, -1).reshape(-1, *mask.shape[1:])


def cross_attention(
    x: Tensor,
    memory: Tensor,
    visible: Tensor,
    projections: tuple[Tensor, Tensor, Tensor],
    n_heads: int,
) -> Tensor:
    """Attention from x to memory, with weights reshaped to heads."""
    w_q, w_k, w_v = (w.reshape(n_heads, -1, w.shape[1]) for w in projections)
    q = torch.einsum("bqe,hde->bhqd", x, w_q)
    k = torch.einsum("bke,hde->bhkd", memory, w_k)
    v = torch.einsum("bke,hde->bhkd", memory, w_v)
    scores = torch.einsum("bhqd,bhkd->bhqk", q, k) / q.shape[-1] ** 0.5
    scores = scores + torch.where(visible, 0.0, -torch.inf)[:, None, None, :].to(scores.dtype)
    return torch.einsum("bhqk,bhkd->bqhd", softmax(scores, -1), v).flatten(2)


def parameter_count(d_model: int, n_heads: int, n_kv_heads: int, bias: bool = True) -> int:
    """Weights, and then biases."""
    narrow = d_model * n_kv_heads // n_heads
    widths = [d_model, narrow, narrow, d_model]
    return sum(d_model * width + bias * width for width in widths)


def average_heads(weights: Tensor, keep: Tensor) -> Tensor:
    """A weighted mean, with 1 for each head kept."""
    chosen = keep.to(weights.dtype)
    if chosen.sum() == 0:
        raise ValueError("keep at least one head")
    return torch.einsum("bhqk,h->bqk", weights, chosen) / chosen.sum()


def head_entropy(weights: Tensor) -> Tensor:
    """Entropies, with the logarithm of 1 in place of that of 0."""
    logs = torch.log(torch.where(weights > 0, weights, 1.0))
    return -torch.einsum("bhqk,bhqk->bh", weights, logs) / weights.shape[2]


def silence_heads(weight: Tensor, n_heads: int, heads: list[int]) -> Tensor:
    """The weight times 0 or 1 in each column."""
    heard = torch.tensor([float(h not in heads) for h in range(n_heads)], dtype=weight.dtype)
    return weight * heard.repeat_interleave(weight.shape[1] // n_heads)


def split_qkv(x: Tensor, weight: Tensor, n_heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """One einsum for all three."""
    blocks = weight.reshape(3, n_heads, -1, weight.shape[1])
    joint = torch.einsum("bte,nhde->nbhtd", x, blocks)
    return joint[0], joint[1], joint[2]


def repeat_kv(x: Tensor, n_heads: int) -> Tensor:
    """Spread over the group, then fold."""
    b, g, t, d = x.shape
    if n_heads <= 0 or n_heads % g:
        raise ValueError(f"{g} heads cannot be shared by {n_heads}")
    return x[:, :, None].expand(b, g, n_heads // g, t, d).reshape(b, n_heads, t, d)


def grouped_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention with an axis for the groups, nothing repeated."""
    b, h, t, d = query.shape
    g = key.shape[1]
    if h % g:
        raise ValueError(f"{g} key heads do not divide {h} query heads")
    q = query.reshape(b, g, h // g, t, d)
    scores = torch.einsum("bgnqd,bgkd->bgnqk", q, key) / d**0.5
    position = torch.arange(t)
    scores = scores.masked_fill(position > position[:, None], -torch.inf)
    return torch.einsum("bgnqk,bgkd->bqgnd", softmax(scores, -1), value).reshape(b, t, h * d)
