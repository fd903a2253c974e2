"""Practice for module 02, written with loops over sequences and heads."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def head_columns(x: Tensor, n_heads: int, head: int) -> Tensor:
    """The columns, one by one."""
    if head not in range(n_heads):
        raise ValueError("no such head")
    width = x.shape[2] // n_heads
    return torch.stack([x[:, :, head * width + i] for i in range(width)], dim=2)


def merge_heads(x: Tensor) -> Tensor:
    """The heads, one after the other."""
    return torch.cat([x[:, h] for h in range(x.shape[1])], dim=2)


def project_head(x: Tensor, weight: Tensor, bias: Tensor, n_heads: int, head: int) -> Tensor:
    """Each column of the head as a sum of products."""
    width = len(weight) // n_heads
    columns = []
    for i in range(head * width, head * width + width):
        columns.append((x * weight[i]).sum(-1) + bias[i])
    return torch.stack(columns, dim=-1)


def head_scores(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    """Scores of one sequence and one head at a time."""
    sequences = []
    for q, k in zip(query, key, strict=True):
        heads = []
        for h in range(n_heads):
            q_h = head_columns(q[None], n_heads, h)[0]
            k_h = head_columns(k[None], n_heads, h)[0]
            heads.append(q_h @ k_h.T / math.sqrt(q_h.shape[1]))
        sequences.append(torch.stack(heads))
    return torch.stack(sequences)


def head_mask(mask: Tensor, batch: int, n_heads: int) -> Tensor:
    """The mask of each head, looked up."""
    if mask.dim() not in (2, 3, 4):
        raise ValueError("a mask has two, three or four axes")
    if mask.dim() > 2 and mask.shape[0] != batch:
        raise ValueError("the mask is for another number of sequences")
    if mask.dim() == 4 and mask.shape[1] != n_heads and mask.shape[1] != 1:
        raise ValueError("the mask is for another number of heads")
    full = torch.empty(batch, n_heads, *mask.shape[-2:], dtype=mask.dtype)
    for b in range(batch):
        for h in range(n_heads):
            own = mask
            if mask.dim() > 2:
                own = own[b]
            if mask.dim() == 4:
                own = own[h if mask.shape[1] == n_heads else 0]
            full[b, h] = own
    return full


def fold_mask(mask: Tensor, n_heads: int) -> Tensor:
    """Each sequence's mask, once for each head."""
    return torch.stack([mask[b] for b in range(len(mask)) for _ in range(n_heads)])


def cross_attention(
    x: Tensor,
    memory: Tensor,
    visible: Tensor,
    projections: tuple[Tensor, Tensor, Tensor],
    n_heads: int,
) -> Tensor:
    """One sequence at a time, with its padding cut off."""
    rows = []
    for row in range(len(x)):
        tokens = memory[row][visible[row]]
        q, k, v = (s @ w.T for s, w in zip((x[row], tokens, tokens), projections, strict=True))
        scores = head_scores(q[None], k[None], n_heads)[0]
        heads = [
            scores[h].softmax(-1) @ head_columns(v[None], n_heads, h)[0] for h in range(n_heads)
        ]
        rows.append(torch.cat(heads, dim=-1))
    return torch.stack(rows)


def parameter_count(d_model: int, n_heads: int, n_kv_heads: int, bias: bool = True) -> int:
    """Counted head by head."""
    width = d_model // n_heads
    count = 0
    for _ in range(n_heads):  # its queries, and its share of the output projection
        count += 2 * d_model * width
    for _ in range(n_kv_heads):  # its keys, and its values
        count += 2 * d_model * width
    if bias:
        count += 2 * d_model + 2 * n_kv_heads * width
    return count


def average_heads(weights: Tensor, keep: Tensor) -> Tensor:
    """Added up and divided."""
    chosen = [h for h, kept in enumerate(keep.tolist()) if kept]
    if not chosen:
        raise ValueError("nothing is kept")
    total = torch.zeros_like(weights[:, 0])
    for h in chosen:
        total = total + weights[:, h]
    return total / len(chosen)


def head_entropy(weights: Tensor) -> Tensor:
    """Query by query, over the keys that it looks at."""
    found = torch.zeros(weights.shape[:2], dtype=weights.dtype)
    for b in range(weights.shape[0]):
        for h in range(weights.shape[1]):
            for row in weights[b, h]:
                seen = row[row > 0]
                found[b, h] -= (seen * seen.log()).sum()
    return found / weights.shape[2]


def silence_heads(weight: Tensor, n_heads: int, heads: list[int]) -> Tensor:
    """Zeros written into a copy."""
    silenced = weight.clone()
    width = weight.shape[1] // n_heads
    for h in heads:
        silenced[:, h * width : (h + 1) * width].zero_()
    return silenced


def split_qkv(x: Tensor, weight: Tensor, n_heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """Three projections after all."""
    made = []
    for part in weight.split(x.shape[2]):
        projected = x @ part.T
        made.append(
            torch.stack([head_columns(projected, n_heads, h) for h in range(n_heads)], dim=1)
        )
    return tuple(made)


def repeat_kv(x: Tensor, n_heads: int) -> Tensor:
    """A list of heads, each named as often as it is used."""
    groups = x.shape[1]
    if n_heads < 1 or n_heads / groups != n_heads // groups:
        raise ValueError("the heads do not share fairly")
    return torch.stack([x[:, h * groups // n_heads] for h in range(n_heads)], dim=1)


def grouped_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Each token attends to what came before it."""
    keys, values = repeat_kv(key, query.shape[1]), repeat_kv(value, query.shape[1])
    outputs = []
    for i in range(query.shape[2]):
        scores = (keys[:, :, : i + 1] * query[:, :, i : i + 1]).sum(-1) / math.sqrt(query.shape[3])
        weights = scores.softmax(-1).unsqueeze(-1)
        outputs.append((weights * values[:, :, : i + 1]).sum(2).flatten(1))
    return torch.stack(outputs, dim=1)
