"""Practice for module 02: heads, from one slice of the width to heads that share keys and values.

Letters in the shape comments: B batch, T_q and T_k number of queries and keys, T tokens, D width of
all heads together, H heads, d_k = D / H width of one head. Head h owns the columns h * d_k to
(h + 1) * d_k - 1 of D. Inputs keep their values: nothing is changed in place. Results have the
dtype of the inputs.

Sources: as in ../multi_head.py; Michel et al., 2019, https://arxiv.org/abs/1905.10650 (silencing
heads); Shazeer, 2019, https://arxiv.org/abs/1911.02150 (one key head) and Ainslie et al., 2023,
https://arxiv.org/abs/2305.13245 (a few).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def head_columns(x: Tensor, n_heads: int, head: int) -> Tensor:
    """What one head sees of each token.

    Args:
        x: [B, T, D]
        n_heads: H, a divisor of D
        head: which one, counted from 0

    Returns:
        [B, T, d_k]: the columns that this head owns.

    Raises:
        ValueError: ``head`` is not from 0 to H - 1.
    """
    ### BEGIN SOLUTION
    if not 0 <= head < n_heads:
        raise ValueError(f"head is {head}, expected 0 to {n_heads - 1}")
    d_k = x.size(-1) // n_heads
    return x[..., head * d_k : (head + 1) * d_k]  # (B, T, d_k)
    ### END SOLUTION


def merge_heads(x: Tensor) -> Tensor:
    """Lay the heads of each token side by side: the way back from ``split_heads`` of 01.12.

    Args:
        x: [B, H, T, d_k], contiguous in memory or not

    Returns:
        [B, T, H * d_k]

    Example: two heads, one token
        >>> merge_heads(torch.tensor([[[[0, 1]], [[2, 3]]]])).tolist()
        [[[0, 1, 2, 3]]]
    """
    ### BEGIN SOLUTION
    return x.transpose(1, 2).flatten(-2)  # (B, H, T, d_k) -> (B, T, H, d_k) -> (B, T, D)
    ### END SOLUTION


def project_head(x: Tensor, weight: Tensor, bias: Tensor, n_heads: int, head: int) -> Tensor:
    """What one head gets from a projection of the whole width.

    Args:
        x: [B, T, D]
        weight: [D, D], as ``nn.Linear`` keeps it: the projection is ``x @ weight.T + bias``
        bias: [D]
        n_heads: H, a divisor of D
        head: which one, from 0 to H - 1

    Returns:
        [B, T, d_k]: the columns of the projection that this head owns.
    """
    ### BEGIN SOLUTION
    d_k = weight.size(0) // n_heads
    rows = slice(head * d_k, (head + 1) * d_k)  # a row of the weight makes a column of the result
    return x @ weight[rows].T + bias[rows]  # (B, T, D) @ (D, d_k) -> (B, T, d_k)
    ### END SOLUTION


def head_scores(query: Tensor, key: Tensor, n_heads: int) -> Tensor:
    """The scaled scores of every head: all queries with all keys, each head in its own columns.

    Args:
        query: [B, T_q, D]
        key: [B, T_k, D]
        n_heads: H, a divisor of D

    Returns:
        [B, H, T_q, T_k]: dot products of the head's columns, over the square root of their number.
    """
    ### BEGIN SOLUTION
    q = query.unflatten(-1, (n_heads, -1)).transpose(1, 2)  # (B, H, T_q, d_k)
    k = key.unflatten(-1, (n_heads, -1)).transpose(1, 2)  # (B, H, T_k, d_k)
    return q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))  # (B, H, T_q, T_k)
    ### END SOLUTION


def head_mask(mask: Tensor, batch: int, n_heads: int) -> Tensor:
    """The mask of each head of each sequence, written out in full.

    Args:
        mask: of any dtype, [T_q, T_k] (for all), [B, T_q, T_k] (one per sequence, also when B = H),
            [B, 1, T_q, T_k] (the same) or [B, H, T_q, T_k] (one per head)
        batch: B
        n_heads: H

    Returns:
        [B, H, T_q, T_k], in the dtype of ``mask``.

    Raises:
        ValueError: the mask is of another shape; an axis of 1 in place of B is another one, too.
    """
    ### BEGIN SOLUTION
    if mask.dim() == 2:
        mask = mask.expand(batch, 1, -1, -1)  # (B, 1, T_q, T_k)
    elif mask.dim() == 3:
        mask = mask.unsqueeze(1)  # (B, 1, T_q, T_k)
    if mask.dim() != 4 or mask.size(0) != batch or mask.size(1) not in (1, n_heads):
        raise ValueError(f"mask is {[*mask.shape]}, does not fit {batch} rows of {n_heads} heads")
    return mask.expand(-1, n_heads, -1, -1)  # (B, H, T_q, T_k)
    ### END SOLUTION


def fold_mask(mask: Tensor, n_heads: int) -> Tensor:
    """The masks for heads that were folded into the batch, as ``heads.flatten(0, 1)`` folds them.

    Args:
        mask: [B, T_q, T_k], one per sequence, of any dtype
        n_heads: H, at least 1

    Returns:
        [B * H, T_q, T_k]: entry i is for entry i of the scores, folded from [B, H, T_q, T_k].
    """
    ### BEGIN SOLUTION
    return mask.repeat_interleave(n_heads, dim=0)  # (B * H, T_q, T_k): H times b, then H times b+1
    ### END SOLUTION


def cross_attention(
    x: Tensor,
    memory: Tensor,
    visible: Tensor,
    projections: tuple[Tensor, Tensor, Tensor],
    n_heads: int,
) -> Tensor:
    """Tokens of one sequence attend to those of another, in H heads, with no output projection.

    Args:
        x: [B, T_q, D], where the questions come from
        memory: [B, T_k, D], where keys and values come from
        visible: bool[B, T_k], True where memory holds a token, not padding; at least one in a row
        projections: for queries, keys and values, each [D, D], used as ``x @ weight.T``
        n_heads: H, a divisor of D

    Returns:
        [B, T_q, D], the heads side by side.
    """
    ### BEGIN SOLUTION
    for_queries, for_keys, for_values = projections  # (D, D) each
    scores = head_scores(x @ for_queries.T, memory @ for_keys.T, n_heads)  # (B, H, T_q, T_k)
    scores = scores.masked_fill(~visible[:, None, None], -math.inf)  # (B, H, T_q, T_k)
    values = (memory @ for_values.T).unflatten(-1, (n_heads, -1))  # (B, T_k, H, d_k)
    values = values.transpose(1, 2)  # (B, H, T_k, d_k)
    return merge_heads(torch.softmax(scores, dim=-1) @ values)  # (B, T_q, D)
    ### END SOLUTION


def parameter_count(d_model: int, n_heads: int, n_kv_heads: int, bias: bool = True) -> int:
    """How many numbers an attention layer learns, if some heads share their keys and values.

    Args:
        d_model: D. Queries and outputs are projected from D to D.
        n_heads: H, a divisor of D
        n_kv_heads: heads of keys and of values, from 1 to H. Both are projected from D to that many
            heads of the width D / H.
        bias: whether each of the four projections has one.

    Returns:
        All weights and biases together, an int.
    """
    ### BEGIN SOLUTION
    kv_width = n_kv_heads * (d_model // n_heads)
    inputs = d_model + 1 if bias else d_model  # a bias is the weight of one more input, always 1
    return 2 * inputs * d_model + 2 * inputs * kv_width
    ### END SOLUTION


def average_heads(weights: Tensor, keep: Tensor) -> Tensor:
    """One attention map in place of many: the mean over the heads that are kept.

    Args:
        weights: [B, H, T_q, T_k]
        keep: bool[H]

    Returns:
        [B, T_q, T_k]

    Raises:
        ValueError: no head is kept.
    """
    ### BEGIN SOLUTION
    if not bool(keep.any()):
        raise ValueError("keep holds no True, expected at least one head")
    return weights[:, keep].mean(dim=1)  # (B, kept, T_q, T_k) -> (B, T_q, T_k)
    ### END SOLUTION


def head_entropy(weights: Tensor) -> Tensor:
    """How widely each head looks: the entropy of its weights, in nats, as a mean over the queries.

    Args:
        weights: [B, H, T_q, T_k], not negative

    Returns:
        [B, H]: the mean over all T_q queries of -sum_j w_j log w_j. A weight of 0 adds 0, never NaN,
        so a query whose weights are all 0 has entropy 0. No gradient is asked for.
    """
    ### BEGIN SOLUTION
    terms = torch.special.entr(weights)  # (B, H, T_q, T_k): -w log w, and 0 for w = 0
    return terms.sum(dim=-1).mean(dim=-1)  # (B, H, T_q) -> (B, H)
    ### END SOLUTION


def silence_heads(weight: Tensor, n_heads: int, heads: list[int]) -> Tensor:
    """The weight of the output projection after which some heads are no longer heard.

    Args:
        weight: [D, D] of ``W_o``, used as ``x @ weight.T``, with x the heads side by side
        n_heads: H, a divisor of D
        heads: which to silence, each from 0 to H - 1; may be empty

    Returns:
        [D, D]: a new tensor, ``weight`` with zeros where it reads these heads.
    """
    ### BEGIN SOLUTION
    silenced = weight.clone().unflatten(-1, (n_heads, -1))  # (D, H, d_k): a column per input
    silenced[:, heads] = 0.0  # (D, number of heads, d_k)
    return silenced.flatten(-2)  # (D, D)
    ### END SOLUTION


def split_qkv(x: Tensor, weight: Tensor, n_heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values of all heads, from one matrix product.

    Args:
        x: [B, T, D]
        weight: [3 * D, D], the weights of W_q, W_k and W_v below each other, used as x @ weight.T
        n_heads: H, a divisor of D

    Returns:
        A tuple: queries, keys and values, each [B, H, T, d_k].
    """
    ### BEGIN SOLUTION
    joint = (x @ weight.T).unflatten(-1, (3, n_heads, -1))  # (B, T, 3, H, d_k)
    query, key, value = joint.permute(2, 0, 3, 1, 4)  # each (B, H, T, d_k)
    return query, key, value
    ### END SOLUTION


def repeat_kv(x: Tensor, n_heads: int) -> Tensor:
    """Give every query head the key (or value) head of its group.

    Args:
        x: [B, G, T, d_k], G key heads
        n_heads: H, the number of query heads, a multiple of G

    Returns:
        [B, H, T, d_k]: neighbours share, so the first H / G query heads get head 0 of x, and so on.

    Raises:
        ValueError: H is below 1 or no multiple of G.
    """
    ### BEGIN SOLUTION
    if n_heads < 1 or n_heads % x.size(1) != 0:
        raise ValueError(f"n_heads is {n_heads}, expected a multiple of {x.size(1)}, x's heads")
    return x.repeat_interleave(n_heads // x.size(1), dim=1)  # (B, H, T, d_k)
    ### END SOLUTION


def grouped_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal self-attention in H heads that share G heads of keys and values, as in ``repeat_kv``.

    Args:
        query: [B, H, T, d_k]
        key, value: [B, G, T, d_k], G a divisor of H

    Returns:
        [B, T, H * d_k], the heads side by side. Token i attends to tokens 0 to i.

    Raises:
        ValueError: G does not divide H.
    """
    ### BEGIN SOLUTION
    keys, values = (repeat_kv(x, query.size(1)) for x in (key, value))  # (B, H, T, d_k)
    scores = query @ keys.transpose(-2, -1) / math.sqrt(query.size(-1))  # (B, H, T, T)
    future = torch.ones_like(scores, dtype=torch.bool).triu(diagonal=1)  # (B, H, T, T)
    weights = torch.softmax(scores.masked_fill(future, -math.inf), dim=-1)  # (B, H, T, T)
    return merge_heads(weights @ values)  # (B, T, D)
    ### END SOLUTION
