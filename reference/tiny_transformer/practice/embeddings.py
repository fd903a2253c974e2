"""Practice for module 04: where vectors of tokens come from, and how they learn where they stand.

Letters in the shape comments: B batch, T sequence, V vocabulary, D = d_model (even where there are
waves), M number of positions in a table, "..." any number of leading dims. Positions count from 0.
Inputs keep their values: nothing is changed in place. Results have the dtype of the vectors or
tables given.

Sources: as in ../embeddings; rotation and distance: Su et al., 2021,
https://arxiv.org/abs/2104.09864; stretched tables: Dosovitskiy et al., 2020, section 3.2,
https://arxiv.org/abs/2010.11929; repeated tables: Beltagy et al., 2020, section 5,
https://arxiv.org/abs/2004.05150
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def one_hot_lookup(tokens: Tensor, table: Tensor) -> Tensor:
    """The row of each token: a product of one-hot vectors with the table, or shorter, a lookup.

    Args:
        tokens: int64[B, T], ids
        table: [V, D]

    Returns:
        [B, T, D]: row ``tokens[b, t]`` of the table. Its gradient reaches the table: a row that is
        used several times gets the sum. How you write it is free.

    Raises:
        ValueError or IndexError: an id is below 0 or not below V.

    Example:
        >>> one_hot_lookup(torch.tensor([[2, 0]]), torch.tensor([[1.0], [2.0], [3.0]])).tolist()
        [[[3.0], [1.0]]]
    """
    ### BEGIN SOLUTION
    if bool(((tokens < 0) | (tokens >= table.size(0))).any()):
        raise ValueError(f"tokens holds an id out of range, expected 0 to {table.size(0) - 1}")
    one_hot = functional.one_hot(tokens, table.size(0)).to(table.dtype)  # (B, T, V)
    return one_hot @ table  # (B, T, V) @ (V, D) -> (B, T, D)
    ### END SOLUTION


def scale_embeddings(vectors: Tensor) -> Tensor:
    """Make token vectors as loud as the positions that will be added: times the root of the width.

    Args:
        vectors: [..., D]

    Returns:
        [..., D]: the vectors times the square root of D.
    """
    ### BEGIN SOLUTION
    return vectors * math.sqrt(vectors.size(-1))  # (..., D)
    ### END SOLUTION


def padded_lookup(tokens: Tensor, table: Tensor, padding_idx: int) -> Tensor:
    """The row of each token, but zeros where the token is padding, whatever the table holds there.

    Args:
        tokens: int64[B, T], ids from 0 to V - 1
        table: [V, D]
        padding_idx: the id that only fills up short sequences, from 0 to V - 1

    Returns:
        [B, T, D]. Row ``padding_idx`` of the table gets a gradient of zero.

    Raises:
        ValueError: ``padding_idx`` is below 0 or not below V.

    Example:
        >>> padded_lookup(torch.tensor([[1, 0]]), torch.tensor([[5.0], [7.0]]), 0).tolist()
        [[[7.0], [0.0]]]
    """
    ### BEGIN SOLUTION
    if not 0 <= padding_idx < table.size(0):
        raise ValueError(f"padding_idx is {padding_idx}, expected 0 to {table.size(0) - 1}")
    real = (tokens != padding_idx).unsqueeze(-1)  # (B, T, 1)
    return table[tokens] * real.to(table.dtype)  # (B, T, D)
    ### END SOLUTION


def frequencies(d_model: int, base: float = 10000.0) -> Tensor:
    """How fast each wave turns, in radians per position: from 1 down to almost 1 / base.

    Args:
        d_model: width D, even and at least 2: each wave takes two columns
        base: above 0

    Returns:
        float64[D/2]: entry i is 1 / base^(2i / D).

    Raises:
        ValueError: ``d_model`` is odd or below 2, or ``base`` is 0 or less.

    Example:
        >>> frequencies(4, base=100.0)
        tensor([1.0000, 0.1000], dtype=torch.float64)
    """
    ### BEGIN SOLUTION
    if d_model < 2 or d_model % 2:
        raise ValueError(f"d_model is {d_model}, expected an even number from 2 on")
    if base <= 0:
        raise ValueError(f"base is {base}, expected a number above 0")
    pair = torch.arange(d_model // 2, dtype=torch.float64)  # (D / 2,)
    return base ** (-2.0 * pair / d_model)  # (D / 2,)
    ### END SOLUTION


def angles(positions: Tensor, speeds: Tensor) -> Tensor:
    """How far each wave has turned at each position: every position times every speed.

    Args:
        positions: [T], any numbers: they need neither be whole nor start at 0
        speeds: [D/2], in radians per position, in the dtype of ``positions``

    Returns:
        [T, D/2]: entry (t, i) is position t times speed i.
    """
    ### BEGIN SOLUTION
    return positions[:, None] * speeds  # (T, 1) * (D / 2,) -> (T, D / 2)
    ### END SOLUTION


def sinusoid_table(max_len: int, d_model: int) -> Tensor:
    """The table of Vaswani et al.: sine in the even columns, cosine in the odd ones, base 10000.

    Args:
        max_len: number of positions, at least 1
        d_model: width D, even and at least 2

    Returns:
        float64[max_len, D]: row t holds sin(t w_0), cos(t w_0), sin(t w_1), cos(t w_1), …, where
        w_i is 1 / 10000^(2i / D). Right to 1e-9: compute in float64 from the start.

    Raises:
        ValueError: ``max_len`` is below 1, or ``d_model`` is odd or below 2.

    Example: positions 0 and 1
        >>> sinusoid_table(2, 2)
        tensor([[0.0000, 1.0000],
                [0.8415, 0.5403]], dtype=torch.float64)
    """
    ### BEGIN SOLUTION
    if max_len < 1:
        raise ValueError(f"max_len is {max_len}, expected at least 1")
    positions = torch.arange(max_len, dtype=torch.float64)  # (max_len,)
    turned = angles(positions, frequencies(d_model))  # (max_len, D / 2)
    pairs = torch.stack((turned.sin(), turned.cos()), dim=-1)  # (max_len, D / 2, 2)
    return pairs.flatten(-2)  # (max_len, D)
    ### END SOLUTION


def move_on(rows: Tensor, offset: int) -> Tensor:
    """From rows of the sinusoid table to the rows ``offset`` positions later, without the positions.

    Each pair (sin, cos) turns by ``offset`` times its speed w_i = 1 / 10000^(2i / D), which is the
    same for all positions. That is how a linear layer can look a fixed distance back.

    Args:
        rows: [..., D], laid out as in ``sinusoid_table``; you are not told which rows they are, and
            nothing but the pairs themselves may tell you: the result is linear in them
        offset: how many positions to move, also 0 or negative

    Returns:
        [..., D]: with a = offset * w_i, each pair (s, c) becomes
        (s cos a + c sin a, c cos a - s sin a).

    Raises:
        ValueError: D is odd.
    """
    ### BEGIN SOLUTION
    turn = frequencies(rows.size(-1)).to(rows.dtype) * offset  # (D / 2,) refuses an odd D
    sine, cosine = rows[..., 0::2], rows[..., 1::2]  # (..., D / 2), (..., D / 2)
    later_sine = sine * turn.cos() + cosine * turn.sin()  # (..., D / 2)
    later_cosine = cosine * turn.cos() - sine * turn.sin()  # (..., D / 2)
    return torch.stack((later_sine, later_cosine), dim=-1).flatten(-2)  # (..., D)
    ### END SOLUTION


def similarity_by_distance(table: Tensor) -> Tensor:
    """How alike two positions are on average, as a function of how far apart they are.

    Args:
        table: [M, D], any table of positions, learned or made of waves, without rows of zeros

    Returns:
        [M]: entry k is the mean of the cosine similarities of all pairs of rows (t, t + k), where
        both are in the table. So entry 0 is 1, and entry M - 1 is that of the first and last row.

    Example:
        >>> similarity_by_distance(torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]])).tolist()
        [1.0, 0.0, 1.0]
    """
    ### BEGIN SOLUTION
    unit = table / table.norm(dim=-1, keepdim=True)  # (M, D)
    cosine = unit @ unit.T  # (M, M)
    return torch.stack([cosine.diagonal(k).mean() for k in range(table.size(0))])  # (M,)
    ### END SOLUTION


def stretch_table(table: Tensor, new_len: int) -> Tensor:
    """Interpolation: spread a learned table of M positions over ``new_len`` positions.

    Args:
        table: [M, D], M at least 2
        new_len: number of positions N, at least 2; larger or smaller than M

    Returns:
        [N, D]: its first and last rows are those of the table. Row n stands at place
        n * (M - 1) / (N - 1) of the old table; between two old rows it lies on the straight line
        between them. The gradient reaches the table.

    Raises:
        ValueError: ``new_len`` is below 2.

    Example: two positions become three
        >>> stretch_table(torch.tensor([[0.0], [1.0]]), 3).tolist()
        [[0.0], [0.5], [1.0]]
    """
    ### BEGIN SOLUTION
    if new_len < 2:
        raise ValueError(f"new_len is {new_len}, expected at least 2")
    last = table.size(0) - 1
    place = torch.arange(new_len, dtype=torch.float64) * last / (new_len - 1)  # (N,)
    below = place.floor().long().clamp(max=last - 1)  # (N,) the old row before it
    share = (place - below).to(table.dtype).unsqueeze(-1)  # (N, 1) how far on to the next
    return table[below] * (1 - share) + table[below + 1] * share  # (N, D)
    ### END SOLUTION


def repeat_table(table: Tensor, new_len: int) -> Tensor:
    """Extrapolation: more positions than were learned, by starting the table over and over.

    Args:
        table: [M, D]
        new_len: number of positions N, at least M

    Returns:
        [N, D]: the M rows in their order, then again from the first, until there are N. The
        gradient reaches the table: a row gets the sum over all its copies.

    Raises:
        ValueError: ``new_len`` is below M.

    Example:
        >>> repeat_table(torch.tensor([[1.0], [2.0]]), 5).flatten().tolist()
        [1.0, 2.0, 1.0, 2.0, 1.0]
    """
    ### BEGIN SOLUTION
    if new_len < table.size(0):
        raise ValueError(f"new_len is {new_len}, expected at least {table.size(0)}")
    return table[torch.arange(new_len) % table.size(0)]  # (N, D)
    ### END SOLUTION


def combine(vectors: Tensor, table: Tensor, start: int = 0) -> Tensor:
    """Token vectors times the square root of D, plus the positions from ``start`` on.

    Args:
        vectors: [B, T, D], rows of a token table, not scaled yet
        table: [M, D], one row for each position; not scaled
        start: the position of the first token: in generation, how many tokens came before

    Returns:
        [B, T, D]

    Raises:
        ValueError: ``start`` is below 0, the table ends before position ``start`` + T - 1, or the
            widths differ.
    """
    ### BEGIN SOLUTION
    end = start + vectors.size(1)
    if start < 0 or end > table.size(0):
        raise ValueError(f"positions {start} to {end - 1}, expected 0 to {table.size(0) - 1}")
    if vectors.size(-1) != table.size(-1):
        raise ValueError(f"vectors have width {vectors.size(-1)}, table {table.size(-1)}")
    return scale_embeddings(vectors) + table[start:end]  # (B, T, D) + (T, D) -> (B, T, D)
    ### END SOLUTION
