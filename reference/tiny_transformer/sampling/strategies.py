"""How the next token is chosen: two filters that drop unlikely tokens, and five ways to choose.

Letters in the shape comments: B rows, one for each text, V vocabulary.

Sources: top-k: Fan et al., 2018, https://arxiv.org/abs/1805.04833; top-p: Holtzman et al., "The
Curious Case of Neural Text Degeneration", 2020, section 3.1, https://arxiv.org/abs/1904.09751
"""

from __future__ import annotations

import torch
from torch import Tensor

# ---- filters


def filter_top_k(logits: Tensor, k: int) -> Tensor:
    """Keep the k largest logits of each row as they are; all others become -inf.

    Exactly k survive, also where several are equal: which of those stays is up to you. With k of V
    or more all stay.

    Args:
        logits: [B, V], which stay as they were.
        k: how many to keep, at least 1.

    Returns:
        [B, V]: the filtered logits.

    Raises:
        ValueError: ``k`` is below 1.
    """
    ### BEGIN SOLUTION
    if k < 1:
        raise ValueError(f"k is {k}, expected at least 1")
    kept, places = logits.topk(min(k, logits.size(-1)), dim=-1)  # (B, k), (B, k)
    return torch.full_like(logits, -torch.inf).scatter(-1, places, kept)  # (B, V)
    ### END SOLUTION


def filter_top_p(logits: Tensor, p: float) -> Tensor:
    """Keep the likeliest tokens of each row that together have the probability p; others get -inf.

    It is the smallest such set: tokens are taken by their probability, the softmax of the logits,
    from the highest on, until the sum reaches ``p``. The one that reaches it is in the set, so at
    least one token stays. Of tokens that are equally likely no more stay than are needed; which is
    up to you. With ``p`` of 1 all stay, however unlikely. What is kept are the logits as they were.

    Args:
        logits: [B, V], of any size, -inf too; they stay as they were.
        p: above 0, at most 1.

    Returns:
        [B, V]: the filtered logits.

    Raises:
        ValueError: ``p`` is out of range.
    """
    ### BEGIN SOLUTION
    if not 0 < p <= 1:
        raise ValueError(f"p is {p}, expected more than 0 and at most 1")
    if p == 1:  # rounding must not drop the least likely
        return logits.clone()  # (B, V)
    ordered, places = logits.sort(dim=-1, descending=True)  # (B, V), (B, V)
    probs = torch.softmax(ordered, dim=-1)  # (B, V)
    before = probs.cumsum(dim=-1) - probs  # (B, V) of all tokens that are likelier
    kept = ordered.masked_fill(before >= p, -torch.inf)  # (B, V) in descending order
    return torch.empty_like(logits).scatter(-1, places, kept)  # (B, V) in the order of logits
    ### END SOLUTION


# ---- choices


def greedy_sample(logits: Tensor) -> Tensor:
    """The token with the largest logit of each row, the first of them where several are equal.

    Args:
        logits: [B, V]

    Returns:
        int64[B]: the ids.
    """
    ### BEGIN SOLUTION
    return logits.argmax(dim=-1)  # (B,)
    ### END SOLUTION


### BEGIN SOLUTION
def _tempered(logits: Tensor, temperature: float) -> Tensor:
    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}, expected more than 0")
    return logits / temperature  # (B, V)


### END SOLUTION


def temperature_sample(
    logits: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None
) -> Tensor:
    """Draw a token for each row, on its own, from softmax(logits / temperature).

    Args:
        logits: [B, V], of any size, -inf for what must not be drawn; they stay as they were.
        temperature: above 0. Low ones favour likely tokens, high ones even the chances out.
        generator: where all chance comes from, so that equal seeds give equal ids; None is torch's
            default.

    Returns:
        int64[B]: the ids.

    Raises:
        ValueError: ``temperature`` is not above 0.
    """
    ### BEGIN SOLUTION
    probs = torch.softmax(_tempered(logits, temperature), dim=-1)  # (B, V)
    return torch.multinomial(probs, num_samples=1, generator=generator).squeeze(-1)  # (B,)
    ### END SOLUTION


def top_k_sample(
    logits: Tensor,
    k: int,
    temperature: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draw as ``temperature_sample``, among the ``k`` likeliest tokens of each row only.

    Args:
        k: as in ``filter_top_k``.
        logits, temperature, generator: as in ``temperature_sample``.

    Returns:
        int64[B]: the ids.

    Raises:
        ValueError: as ``filter_top_k`` and ``temperature_sample`` do.
    """
    ### BEGIN SOLUTION
    return temperature_sample(filter_top_k(logits, k), temperature, generator)  # (B,)
    ### END SOLUTION


def top_p_sample(
    logits: Tensor,
    p: float,
    temperature: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draw from the smallest set of tokens of each row whose probability reaches ``p``.

    The temperature comes first: both the set and the chances in it follow logits / temperature.

    Args:
        p: as in ``filter_top_p``.
        logits, temperature, generator: as in ``temperature_sample``.

    Returns:
        int64[B]: the ids.

    Raises:
        ValueError: as ``filter_top_p`` and ``temperature_sample`` do.
    """
    ### BEGIN SOLUTION
    kept = filter_top_p(_tempered(logits, temperature), p)  # (B, V)
    return temperature_sample(kept, generator=generator)  # (B,)
    ### END SOLUTION


def combined_sample(
    logits: Tensor,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draw after all three: temperature, then top-k, then top-p on what top-k has left.

    ``top_p`` looks at the probabilities of the tokens that are left: they add up to 1 again.

    Args:
        top_k: as ``k`` in ``filter_top_k``; None keeps all.
        top_p: as ``p`` in ``filter_top_p``; None keeps all.
        logits, temperature, generator: as in ``temperature_sample``.

    Returns:
        int64[B]: the ids.

    Raises:
        ValueError: as ``filter_top_k``, ``filter_top_p`` and ``temperature_sample`` do.
    """
    ### BEGIN SOLUTION
    kept = _tempered(logits, temperature)  # (B, V)
    if top_k is not None:
        kept = filter_top_k(kept, top_k)  # (B, V)
    if top_p is not None:
        kept = filter_top_p(kept, top_p)  # (B, V)
    return temperature_sample(kept, generator=generator)  # (B,)
    ### END SOLUTION
