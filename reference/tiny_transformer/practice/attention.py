"""Practice for module 01: attention in ten small steps, from one dot product to chunks of keys.

Letters in the shape comments: B batch, H heads, "..." any number of leading dims, T_q and T_k
number of queries and keys, d_k width of queries and keys, d_v width of values. Inputs keep their
values: nothing is changed in place. Results have the dtype of the inputs.

Sources: as in ../attention.py; for the last step Milakov & Gimelshein, 2018,
https://arxiv.org/abs/1805.02867 and Rabe & Staats, 2021, https://arxiv.org/abs/2112.05682
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def raw_scores(query: Tensor, key: Tensor) -> Tensor:
    """Dot product of every query with every key, not scaled.

    Args:
        query: [..., T_q, d_k]
        key: [..., T_k, d_k], with the leading dims of ``query``

    Returns:
        [..., T_q, T_k]: entry (i, j) is the dot product of query i and key j.

    Raises:
        ValueError: query and key differ in d_k.

    Example: 2 queries, 3 keys, width 2
        >>> raw_scores(torch.tensor([[1.0, 0.0], [1.0, 2.0]]), torch.tensor([[3.0, 4.0]] * 3))
        tensor([[ 3.,  3.,  3.],
                [11., 11., 11.]])
    """
    ### BEGIN SOLUTION
    if query.size(-1) != key.size(-1):
        raise ValueError(f"key has width {key.size(-1)}, expected {query.size(-1)}, that of query")
    return query @ key.transpose(-2, -1)  # (..., T_q, d_k) @ (..., d_k, T_k) -> (..., T_q, T_k)
    ### END SOLUTION


def scale_scores(scores: Tensor, d_k: int) -> Tensor:
    """Undo the growth of dot products with the width: divide by the square root of d_k.

    Args:
        scores: any shape
        d_k: the width of queries and keys, at least 1

    Raises:
        ValueError: ``d_k`` is below 1.
    """
    ### BEGIN SOLUTION
    if d_k < 1:
        raise ValueError(f"d_k is {d_k}, expected at least 1")
    return scores / math.sqrt(d_k)  # as scores
    ### END SOLUTION


def apply_mask(scores: Tensor, mask: Tensor) -> Tensor:
    """Hide keys from queries: scores with -inf where a query may not attend.

    Args:
        scores: [..., T_q, T_k]
        mask: broadcastable to ``scores``. Boolean (True: may attend, the score stays; False: it
            becomes -inf), or of any floating-point dtype (it is added to the scores).

    Returns:
        [..., T_q, T_k], in the dtype of ``scores``.

    Raises:
        ValueError or TypeError: the mask has another dtype, such as integers 0 and 1.

    Example:
        >>> apply_mask(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([True, False, True]))
        tensor([1., -inf, 3.])
    """
    ### BEGIN SOLUTION
    if mask.dtype == torch.bool:
        return scores.masked_fill(~mask, -math.inf)  # (..., T_q, T_k)
    if not mask.is_floating_point():
        raise ValueError(
            f"mask is {mask.dtype}, expected torch.bool or a float dtype: mask.bool()?"
        )
    return scores + mask.to(scores.dtype)  # (..., T_q, T_k)
    ### END SOLUTION


def attention_weights(scores: Tensor) -> Tensor:
    """Softmax of the scores over the keys, stable, and defined also where no key is visible.

    Args:
        scores: [..., T_q, T_k], finite or -inf (a hidden key), of any size: 1e4 must not overflow.

    Returns:
        [..., T_q, T_k]: each row adds up to 1. A row of nothing but -inf gives a row of zeros, and
        its gradient is zero, never NaN.

    Example:
        >>> attention_weights(torch.tensor([[0.0, 0.0], [-math.inf, 5.0], [-math.inf, -math.inf]]))
        tensor([[0.5000, 0.5000],
                [0.0000, 1.0000],
                [0.0000, 0.0000]])
    """
    ### BEGIN SOLUTION
    hidden = (scores == -math.inf).all(dim=-1, keepdim=True)  # (..., T_q, 1) sees no key at all
    # fill before the softmax, so that no NaN arises, forward or backward, and after it
    weights = torch.softmax(scores.masked_fill(hidden, 0.0), dim=-1)  # (..., T_q, T_k)
    return weights.masked_fill(hidden, 0.0)  # (..., T_q, T_k)
    ### END SOLUTION


def mix_values(weights: Tensor, value: Tensor) -> Tensor:
    """The mean of the values for each query, weighted by its row of weights.

    Args:
        weights: [..., T_q, T_k], used as they are
        value: [..., T_k, d_v], with the leading dims of ``weights``

    Returns:
        [..., T_q, d_v]: row i is the sum over j of weights[i, j] times value j.

    Raises:
        ValueError: there is not one value for each column of the weights.
    """
    ### BEGIN SOLUTION
    if value.size(-2) != weights.size(-1):
        raise ValueError(f"value has {value.size(-2)} rows, expected {weights.size(-1)}")
    return weights @ value  # (..., T_q, T_k) @ (..., T_k, d_v) -> (..., T_q, d_v)
    ### END SOLUTION


def attend_one(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """The whole of attention for a single query: scores, scaling, softmax, weighted mean. No mask.

    Args:
        query: [d_k]
        keys: [T_k, d_k]
        values: [T_k, d_v]

    Returns:
        [d_v]

    Raises:
        ValueError: query and keys differ in d_k, or keys and values differ in T_k.
    """
    ### BEGIN SOLUTION
    if keys.size(-1) != query.size(-1):
        raise ValueError(f"keys have width {keys.size(-1)}, expected {query.size(-1)}")
    if values.size(0) != keys.size(0):
        raise ValueError(f"values has {values.size(0)} rows, expected {keys.size(0)}, one per key")
    scores = keys @ query / math.sqrt(query.size(-1))  # (T_k,)
    return torch.softmax(scores, dim=-1) @ values  # (T_k,) @ (T_k, d_v) -> (d_v,)
    ### END SOLUTION


def buggy_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention as somebody wrote it, with keys down and queries across. Leave it as it is."""
    energy = torch.einsum("...kd,...qd->...kq", key, query)  # (..., T_k, T_q)
    energy = energy * value.shape[-1] ** -0.5  # (..., T_k, T_q)
    share = energy.exp()  # (..., T_k, T_q)
    share = share / share.sum(-1, keepdim=True)  # (..., T_k, T_q)
    return torch.einsum("...kq,...kv->...qv", share, value)  # (..., T_q, d_v)


def fixed_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Scaled dot-product attention: ``buggy_attention`` above without its three bugs.

    Their symptoms: appending columns of zeros to the values changes the columns that were there
    before; leaving out one query changes the outputs of the others; scores of thousands give NaN.

    Args:
        query: [..., T_q, d_k]
        key: [..., T_k, d_k]
        value: [..., T_k, d_v], all three with the same leading dims

    Returns:
        [..., T_q, d_v]. How you write it is free; no argument has to be refused.
    """
    ### BEGIN SOLUTION
    scores = query @ key.transpose(-2, -1)  # (..., T_q, T_k)
    weights = torch.softmax(scores / math.sqrt(key.size(-1)), dim=-1)  # over keys, (..., T_q, T_k)
    return weights @ value  # (..., T_q, d_v)
    ### END SOLUTION


def padding_mask(lengths: Tensor, max_len: int) -> Tensor:
    """Boolean mask that hides the padding after the end of each sequence, from all queries alike.

    Args:
        lengths: int[B], the number of real tokens of each sequence, from 0 to ``max_len``
        max_len: the number of tokens of a padded sequence

    Returns:
        bool[B, 1, max_len]: True where a real token stands. The 1 is the axis of the queries.

    Raises:
        ValueError: a length is below 0 or above ``max_len``.

    Example:
        >>> padding_mask(torch.tensor([1, 3]), 3).tolist()
        [[[True, False, False]], [[True, True, True]]]
    """
    ### BEGIN SOLUTION
    if bool(((lengths < 0) | (lengths > max_len)).any()):
        raise ValueError(f"lengths is {lengths.tolist()}, expected each from 0 to {max_len}")
    positions = torch.arange(max_len, device=lengths.device)  # (max_len,)
    return positions < lengths[:, None, None]  # (B, 1, max_len)
    ### END SOLUTION


def split_heads(x: Tensor, n_heads: int) -> Tensor:
    """Cut each token's vector into ``n_heads`` pieces, and give each head its piece of all tokens.

    Args:
        x: [B, T, D]
        n_heads: H, at least 1, a divisor of D

    Returns:
        [B, H, T, D/H]: head h holds columns h * D/H to (h + 1) * D/H - 1 of every token.

    Raises:
        ValueError: ``n_heads`` is below 1 or does not divide D.

    Example: one token of width 4, two heads
        >>> split_heads(torch.tensor([[[0, 1, 2, 3]]]), 2).tolist()
        [[[[0, 1]], [[2, 3]]]]
    """
    ### BEGIN SOLUTION
    if n_heads < 1 or x.size(-1) % n_heads != 0:
        raise ValueError(f"n_heads is {n_heads}, expected a divisor of x's width, {x.size(-1)}")
    heads = x.view(*x.shape[:2], n_heads, -1)  # (B, T, H, D/H)
    return heads.transpose(1, 2)  # (B, H, T, D/H)
    ### END SOLUTION


def attend_chunk(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    state: tuple[Tensor, Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """One step of attention over chunks of keys, so that the T_q x T_k scores never exist at once.

    Each call sees the next C keys; C may differ between calls. Let s_j be the score of a query with
    key j, divided by the square root of d_k. Of each query the state holds, over all keys so far:
      - running_max: the largest s_j, call it m;
      - running_sum: the sum of exp(s_j - m);
      - accumulated: the sum of exp(s_j - m) times value j.
    After the last chunk, accumulated / running_sum is the output of attention. There is no mask.

    Args:
        query: [..., T_q, d_k], the same in every call
        key: [..., C, d_k], C at least 1
        value: [..., C, d_v]
        state: what the call for the chunk before returned; None for the first chunk

    Returns:
        The new state, a tuple: running_max [..., T_q, 1], running_sum [..., T_q, 1], accumulated
        [..., T_q, d_v]. Scores of thousands must not overflow.

    Raises:
        ValueError: query and key differ in d_k, or key and value differ in C.
    """
    ### BEGIN SOLUTION
    d_k, chunk = query.size(-1), key.size(-2)
    if key.size(-1) != d_k or value.size(-2) != chunk:
        shapes = f"key has shape {[*key.shape]} and value {[*value.shape]}"
        raise ValueError(f"{shapes}, expected width {d_k} for key and one value per key")
    scores = query @ key.transpose(-2, -1) / math.sqrt(d_k)  # (..., T_q, C)
    chunk_max = scores.amax(dim=-1, keepdim=True)  # (..., T_q, 1)
    if state is None:  # nothing seen: the maximum of nothing, and two empty sums
        state = (torch.full_like(chunk_max, -math.inf), chunk_max * 0.0, chunk_max * 0.0)
    old_max, old_sum, old_accumulated = state  # (..., T_q, 1), (..., T_q, 1), (..., T_q, d_v)
    new_max = torch.maximum(old_max, chunk_max)  # (..., T_q, 1)
    rescale = torch.exp(old_max - new_max)  # (..., T_q, 1) moves the old sums to the new maximum
    shares = torch.exp(scores - new_max)  # (..., T_q, C)
    new_sum = old_sum * rescale + shares.sum(dim=-1, keepdim=True)  # (..., T_q, 1)
    return new_max, new_sum, old_accumulated * rescale + shares @ value  # ..., (..., T_q, d_v)
    ### END SOLUTION
