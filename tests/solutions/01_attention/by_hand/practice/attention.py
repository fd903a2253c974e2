"""Practice for module 01, with no softmax and no matrix product: broadcasting, sums and exp."""

from __future__ import annotations

import torch
from torch import Tensor


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


def _dots(left: Tensor, right: Tensor) -> Tensor:
    return (left[..., :, None, :] * right[..., None, :, :]).sum(-1)


def raw_scores(query: Tensor, key: Tensor) -> Tensor:
    """Dot products of queries and keys."""
    _need(query.shape[-1] == key.shape[-1], "query and key need the same width")
    return _dots(query, key)


def scale_scores(scores: Tensor, d_k: int) -> Tensor:
    """Scores over the root of d_k, by logarithms."""
    _need(d_k > 0, "d_k needs to be positive")
    root = torch.exp(0.5 * torch.log(torch.tensor(d_k, dtype=torch.float64)))
    return scores / root.to(scores.dtype)


def apply_mask(scores: Tensor, mask: Tensor) -> Tensor:
    """Scores, with -inf where hidden."""
    if mask.dtype == torch.bool:
        hidden = torch.full((), -torch.inf, dtype=scores.dtype)
        return torch.where(mask, scores, hidden)
    _need(mask.dtype.is_floating_point, "a mask needs to be boolean or floating point")
    return (scores + mask).to(scores.dtype)


def attention_weights(scores: Tensor) -> Tensor:
    """Shares of exp, relative to the largest score of the row."""
    top = scores.detach().max(-1, keepdim=True).values
    shares = torch.exp(scores - top.clamp(min=torch.finfo(scores.dtype).min))
    total = shares.sum(-1, keepdim=True)
    return shares / torch.where(total > 0, total, 1.0)


def mix_values(weights: Tensor, value: Tensor) -> Tensor:
    """Weighted sum of the values."""
    _need(weights.shape[-1] == value.shape[-2], "each weight needs its value")
    return (weights.unsqueeze(-1) * value.unsqueeze(-3)).sum(-2)


def attend_one(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """One query, the mean of the values."""
    _need(query.shape == keys.shape[1:], "query and keys need the same width")
    _need(keys.shape[:1] == values.shape[:1], "each key needs its value")
    scores = torch.sum(keys * query, dim=1) / query.shape[0] ** 0.5
    shares = (scores - scores.max()).exp()
    return torch.sum(shares[:, None] * values / shares.sum(), dim=0)


def fixed_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention, made of the steps before."""
    scores = scale_scores(raw_scores(query, key), query.shape[-1])
    return mix_values(attention_weights(scores), value)


def padding_mask(lengths: Tensor, max_len: int) -> Tensor:
    """True at the first tokens of each row, made of triangular rows."""
    _need(all(0 <= n <= max_len for n in lengths.tolist()), "a length is out of range")
    starts = torch.ones(max_len + 1, max_len, dtype=torch.bool).tril(-1)
    return starts[lengths].unsqueeze(1)


def split_heads(x: Tensor, n_heads: int) -> Tensor:
    """Chunks of the columns, on an axis of their own."""
    _need(n_heads > 0 and x.shape[-1] % n_heads == 0, "the heads need to share the width")
    return torch.stack(x.chunk(n_heads, dim=-1), dim=-3)


def attend_chunk(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    state: tuple[Tensor, Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The state after one more chunk; the sums before it count as one more key."""
    _need(query.shape[-1] == key.shape[-1], "query and key need the same width")
    _need(key.shape[-2] == value.shape[-2], "each key needs its value")
    scores = _dots(query, key) / query.shape[-1] ** 0.5
    if state is None:
        top = scores.max(-1, keepdim=True).values
        shares = (scores - top).exp()
        return top, shares.sum(-1, keepdim=True), mix_values(shares, value)
    seen, total, accumulated = state
    everything = torch.cat([seen, scores], dim=-1)
    top = everything.max(-1, keepdim=True).values
    shares = (everything - top).exp()
    old, new = shares[..., :1], shares[..., 1:]
    total = old * total + new.sum(-1, keepdim=True)
    return top, total, old * accumulated + mix_values(new, value)
