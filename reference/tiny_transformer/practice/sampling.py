"""Practice for module 07: from scores to a token, in small steps.

Letters in the shape comments: B batch, T sequence, V vocabulary, N number of temperatures. Inputs
keep their values: nothing is changed in place. Scores and probabilities that are returned have the
dtype of those given; ids and counts are int64. A score of -inf belongs to a token that is filtered
out: it has probability 0. No row of scores is -inf throughout.

Sources: top-k: Fan et al., 2018, https://arxiv.org/abs/1805.04833; the nucleus: Holtzman et al.,
2020, https://arxiv.org/abs/1904.09751; Gumbel-max: Maddison et al., 2014,
https://arxiv.org/abs/1411.0030; repetition: Keskar et al., 2019, https://arxiv.org/abs/1909.05858;
min-p: Nguyen et al., 2024, https://arxiv.org/abs/2407.01082
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def most_probable(logits: Tensor) -> Tensor:
    """The token with the highest score; where several share it, the one with the lowest id.

    Args:
        logits: [B, V]

    Returns:
        int64[B]

    Example:
        >>> most_probable(torch.tensor([[1.0, 5.0, 5.0], [2.0, 0.0, 1.0]])).tolist()
        [1, 0]
    """
    ### BEGIN SOLUTION
    return logits.argmax(dim=-1)  # (B,), the first of equals
    ### END SOLUTION


def softmax_with_temperature(logits: Tensor, temperature: float) -> Tensor:
    """Probabilities from scores that are first divided by a temperature.

    Below 1 the best tokens gain, above 1 all come closer together.

    Args:
        logits: [B, V]; scores of ten thousand must not overflow
        temperature: above 0

    Returns:
        [B, V]: each row adds up to 1.

    Raises:
        ValueError: ``temperature`` is not above 0.
    """
    ### BEGIN SOLUTION
    if temperature <= 0:
        raise ValueError(f"temperature is {temperature}, expected more than 0")
    return torch.softmax(logits / temperature, dim=-1)  # (B, V)
    ### END SOLUTION


def entropy_by_temperature(logits: Tensor, temperatures: Sequence[float]) -> Tensor:
    """How unsure the next token is at each temperature: the entropy of softmax(logits / t), in nats.

    A token of probability 0 adds nothing: 0 ln 0 counts as 0. So a very cold row comes to 0, and a
    very hot row to ln of the number of tokens that are left.

    Args:
        logits: [B, V]; scores of ten thousand must not overflow
        temperatures: N numbers above 0, N at least 1

    Returns:
        [N, B]: minus the sum of p ln p over the tokens.

    Raises:
        ValueError: a temperature is not above 0.
    """
    ### BEGIN SOLUTION
    if min(temperatures) <= 0:
        raise ValueError(f"temperatures are {[*temperatures]}, expected all above 0")
    probs = torch.stack([torch.softmax(logits / t, dim=-1) for t in temperatures])  # (N, B, V)
    return torch.special.entr(probs).sum(dim=-1)  # (N, B), entr is -p ln p, and 0 at 0
    ### END SOLUTION


def top_k_mask(logits: Tensor, k: int) -> Tensor:
    """Which tokens are among the k with the highest scores; of equal scores, lower ids come first.

    Args:
        logits: [B, V], all finite
        k: at least 1; a k above V means all

    Returns:
        bool[B, V]: True for exactly k tokens of each row (or for all).

    Raises:
        ValueError: ``k`` is below 1.

    Example:
        >>> top_k_mask(torch.tensor([[3.0, 1.0, 3.0, 3.0]]), 2).tolist()
        [[True, False, True, False]]
    """
    ### BEGIN SOLUTION
    if k < 1:
        raise ValueError(f"k is {k}, expected at least 1")
    best = logits.argsort(dim=-1, descending=True, stable=True)[:, :k]  # (B, k)
    return torch.zeros_like(logits, dtype=torch.bool).scatter(-1, best, True)  # (B, V)
    ### END SOLUTION


def nucleus_size(probabilities: Tensor, p: float) -> Tensor:
    """How many of the most probable tokens are needed until their sum is at least p.

    Args:
        probabilities: [B, V], in any order; each row adds up to 1
        p: above 0, at most 1

    Returns:
        int64[B], each from 1 to V. The token whose probability makes the sum reach p counts.

    Raises:
        ValueError: ``p`` is out of range.

    Example:
        >>> nucleus_size(torch.tensor([[0.125, 0.5, 0.125, 0.25]]), 0.7).tolist()
        [2]
    """
    ### BEGIN SOLUTION
    if not 0 < p <= 1:
        raise ValueError(f"p is {p}, expected more than 0 and at most 1")
    ranked = probabilities.sort(dim=-1, descending=True).values  # (B, V)
    before = ranked.cumsum(dim=-1) - ranked  # (B, V), what the tokens before have together
    return (before < p).sum(dim=-1)  # (B,)
    ### END SOLUTION


def renormalise(probabilities: Tensor, keep: Tensor) -> Tensor:
    """Drop tokens, and scale the probabilities of the others up until they add up to 1.

    Args:
        probabilities: [B, V], none negative; they need not add up to 1 before
        keep: bool[B, V], True for the tokens that stay

    Returns:
        [B, V]: 0 for a dropped token; the proportions among the others are what they were.

    Raises:
        ValueError: in some row, what is kept adds up to 0.
    """
    ### BEGIN SOLUTION
    kept = torch.where(keep, probabilities, 0.0)  # (B, V)
    total = kept.sum(dim=-1, keepdim=True)  # (B, 1)
    if (total == 0).any():
        raise ValueError("keep leaves a row without any probability, expected some in each")
    return kept / total  # (B, V)
    ### END SOLUTION


def draw_by_inverse(probabilities: Tensor, uniforms: Tensor) -> Tensor:
    """Draw a token for each row, with all chance coming from one uniform number for each row.

    Lay the probabilities side by side on a line, in order of their ids: token i covers from the sum
    of all before it up to, but not including, the sum with its own. The uniform number is a place
    on that line. So the token is the first whose cumulative sum is larger than the number. Where
    rounding leaves even the whole sum at or below it, the token is the last one.

    Args:
        probabilities: [B, V]; each row adds up to 1, but for rounding
        uniforms: [B], each at least 0 and below 1

    Returns:
        int64[B]

    Raises:
        ValueError: a number is out of range, or there is not one for each row.
    """
    ### BEGIN SOLUTION
    if uniforms.shape != probabilities.shape[:1]:
        raise ValueError(
            f"uniforms has shape {[*uniforms.shape]}, expected {[*probabilities.shape[:1]]}"
        )
    if ((uniforms < 0) | (uniforms >= 1)).any():
        raise ValueError("uniforms holds a number out of range, expected at least 0 and below 1")
    cumulative = probabilities.cumsum(dim=-1)  # (B, V)
    passed = (cumulative <= uniforms[:, None]).sum(dim=-1)  # (B,)
    return passed.clamp(max=probabilities.size(1) - 1)  # (B,)
    ### END SOLUTION


def draw_by_gumbel(logits: Tensor, uniforms: Tensor) -> Tensor:
    """Draw a token for each row by a race: add noise to each score, and let the highest win.

    The noise of a uniform number u is -ln(-ln u), a draw from the Gumbel distribution. Then each
    token wins with the probability that softmax gives it, though no softmax is taken.

    Args:
        logits: [B, V]
        uniforms: [B, V], a number for each score, above 0 and below 1

    Returns:
        int64[B]

    Raises:
        ValueError: a number is out of range, or there is not one for each score.
    """
    ### BEGIN SOLUTION
    if uniforms.shape != logits.shape:
        raise ValueError(f"uniforms has shape {[*uniforms.shape]}, expected {[*logits.shape]}")
    if ((uniforms <= 0) | (uniforms >= 1)).any():
        raise ValueError("uniforms holds a number out of range, expected above 0 and below 1")
    noise = -torch.log(-torch.log(uniforms))  # (B, V)
    return (logits + noise).argmax(dim=-1)  # (B,)
    ### END SOLUTION


def repetition_penalty(logits: Tensor, tokens: Tensor, penalty: float) -> Tensor:
    """Make tokens that the text already holds less likely, each row by its own text.

    A positive score is divided by the penalty, any other is multiplied by it (dividing would raise
    it). A token counts once, however often it stands in the text.

    Args:
        logits: [B, V]
        tokens: int64[B, T], the text so far, ids from 0 to V - 1
        penalty: above 0; below 1 it rewards

    Returns:
        [B, V]: the scores, those of seen tokens changed.

    Raises:
        ValueError: ``penalty`` is not above 0.
    """
    ### BEGIN SOLUTION
    if penalty <= 0:
        raise ValueError(f"penalty is {penalty}, expected more than 0")
    seen = torch.zeros_like(logits, dtype=torch.bool).scatter(1, tokens, True)  # (B, V)
    changed = torch.where(logits > 0, logits / penalty, logits * penalty)  # (B, V)
    return torch.where(seen, changed, logits)  # (B, V)
    ### END SOLUTION


def filter_min_p(logits: Tensor, min_p: float) -> Tensor:
    """Drop each token whose probability is below a share of that of the most probable token.

    When the model is sure, little stays beside the best token; when it is not, much does.

    Args:
        logits: [B, V]; scores of ten thousand must not overflow
        min_p: the share, above 0 and at most 1; 1 keeps only the best and its equals

    Returns:
        [B, V]: the scores as they were, -inf where dropped.

    Raises:
        ValueError: ``min_p`` is out of range.
    """
    ### BEGIN SOLUTION
    if not 0 < min_p <= 1:
        raise ValueError(f"min_p is {min_p}, expected more than 0 and at most 1")
    share = torch.exp(logits - logits.amax(dim=-1, keepdim=True))  # (B, V), of the best one
    return logits.masked_fill(share < min_p, -math.inf)  # (B, V)
    ### END SOLUTION
