"""Practice for module 02, with as much as possible left to functions of torch."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def head_columns(x: Tensor, n_heads: int, head: int) -> Tensor:
    """A narrow view."""
    if not (head >= 0 and head < n_heads):
        raise ValueError(f"head={head}, n_heads={n_heads}")
    width = x.size(-1) // n_heads
    return torch.narrow(x, 2, head * width, width)


def merge_heads(x: Tensor) -> Tensor:
    """Tokens to the front of heads, and flat."""
    return x.permute(0, 2, 1, 3).contiguous().view(x.size(0), x.size(2), -1)


def project_head(x: Tensor, weight: Tensor, bias: Tensor, n_heads: int, head: int) -> Tensor:
    """A linear layer of the chunk."""
    return F.linear(x, weight.chunk(n_heads)[head], bias.chunk(n_heads)[head])


def head_scores(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    """One big batch of matrix products."""
    q, k = (torch.cat(x.chunk(n_heads, dim=2)) for x in (query, key))
    scores = torch.bmm(q / q.size(2) ** 0.5, k.mT)
    return scores.unflatten(0, (n_heads, -1)).transpose(0, 1)


def head_mask(mask: Tensor, batch: int, n_heads: int) -> Tensor:
    """Broadcast, after looking at all shapes that may be."""
    shape = (batch, n_heads, *mask.shape[-2:])
    fits = {2: [()], 3: [(batch,)], 4: [(batch, 1), (batch, n_heads)]}
    if tuple(mask.shape[:-2]) not in fits.get(mask.dim(), []):
        raise ValueError(f"mask {mask.shape} does not fit {shape}")
    if mask.dim() == 3:
        mask = mask[:, None]
    return torch.broadcast_to(mask, shape).contiguous()


def fold_mask(mask: Tensor, n_heads: int) -> Tensor:
    """Rows picked by their number."""
    return mask[torch.arange(len(mask) * n_heads) // n_heads]


def cross_attention(
    x: Tensor,
    memory: Tensor,
    visible: Tensor,
    projections: tuple[Tensor, Tensor, Tensor],
    n_heads: int,
) -> Tensor:
    """Torch's fused attention between linear layers."""
    q, k, v = (F.linear(s, w) for s, w in zip((x, memory, memory), projections, strict=True))
    q, k, v = (s.unflatten(2, (n_heads, -1)).transpose(1, 2) for s in (q, k, v))
    mask = visible.view(len(visible), 1, 1, -1)
    return merge_heads(F.scaled_dot_product_attention(q, k, v, attn_mask=mask))


def parameter_count(d_model: int, n_heads: int, n_kv_heads: int, bias: bool = True) -> int:
    """Counted in real layers, which are not filled in."""
    narrow = d_model // n_heads * n_kv_heads
    with torch.device("meta"):
        layers = nn.ModuleList(nn.Linear(d_model, w, bias) for w in (d_model, narrow))
    return 2 * sum(p.numel() for p in layers.parameters())


def average_heads(weights: Tensor, keep: Tensor) -> Tensor:
    """Chosen by number, and averaged."""
    chosen = keep.nonzero().squeeze(1)
    if chosen.numel() == 0:
        raise ValueError("no head is left")
    return weights.index_select(1, chosen).mean(1)


def head_entropy(weights: Tensor) -> Tensor:
    """x log y, which is 0 where x is."""
    return torch.xlogy(weights, weights).sum(3).neg().mean(2)


def silence_heads(weight: Tensor, n_heads: int, heads: list[int]) -> Tensor:
    """Columns filled by their number."""
    width = weight.size(1) // n_heads
    columns = [h * width + i for h in heads for i in range(width)]
    return weight.index_fill(1, torch.tensor(columns, dtype=torch.long), 0.0)


def split_qkv(x: Tensor, weight: Tensor, n_heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """One linear layer, in chunks."""
    parts = F.linear(x, weight).chunk(3, dim=-1)
    query, key, value = (torch.stack(part.chunk(n_heads, dim=-1), dim=1) for part in parts)
    return query, key, value


def repeat_kv(x: Tensor, n_heads: int) -> Tensor:
    """Heads picked by their number."""
    times, rest = divmod(n_heads, x.size(1))
    if rest or times < 1:
        raise ValueError(f"{n_heads} is no multiple of {x.size(1)}")
    return x.index_select(1, torch.arange(n_heads) // times)


def grouped_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Torch's fused attention, causal."""
    keys, values = (repeat_kv(x, query.size(1)) for x in (key, value))
    return merge_heads(F.scaled_dot_product_attention(query, keys, values, is_causal=True))
