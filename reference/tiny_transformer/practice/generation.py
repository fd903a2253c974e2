"""Practice for module 07: from one token to texts of many lengths.

Letters in the shape comments: B batch, T sequence, V vocabulary. Inputs keep their values: nothing
is changed in place. Ids are int64. EOS is the token that ends a text.

Source of the cosine: Loshchilov & Hutter, 2017, https://arxiv.org/abs/1608.03983
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def pad_after_eos(tokens: Tensor, prompt_length: int, eos: int, pad: int) -> Tensor:
    """Replace all that a row holds after its first EOS; the prompt and the EOS itself stay.

    Each row ends for itself, or not at all. An EOS inside the prompt is text like any other.

    Args:
        tokens: int64[B, T], a prompt and what was generated after it
        prompt_length: how many columns are the prompt, from 0 to T
        eos: the id that ends a row
        pad: the id that fills up, possibly ``eos``

    Returns:
        int64[B, T]

    Raises:
        ValueError: ``prompt_length`` is out of range.

    Example:
        >>> pad_after_eos(torch.tensor([[9, 4, 9, 5], [1, 2, 3, 9]]), 1, eos=9, pad=0).tolist()
        [[9, 4, 9, 0], [1, 2, 3, 9]]
    """
    ### BEGIN SOLUTION
    if not 0 <= prompt_length <= tokens.size(1):
        raise ValueError(f"prompt_length is {prompt_length}, expected 0 to {tokens.size(1)}")
    prompt, rest = tokens[:, :prompt_length], tokens[:, prompt_length:]  # (B, P), (B, T - P)
    ends = rest == eos  # (B, T - P)
    ended = ends.cumsum(dim=1) > ends  # (B, T - P), an EOS stands before
    return torch.cat((prompt, rest.masked_fill(ended, pad)), dim=1)  # (B, T)
    ### END SOLUTION


def temperature_schedule(
    start: float, end: float, n_steps: int, shape: str = "linear"
) -> list[float]:
    """A temperature for each of n steps: the first is ``start``, the last ``end``.

    "linear" goes in equal steps. "cosine" follows half a wave of the cosine, from its top at the
    first step to its bottom at the last: slow, fast, slow. A single step has ``start``.

    Args:
        start, end: above 0
        n_steps: at least 1

    Returns:
        ``n_steps`` numbers of Python's own.

    Raises:
        ValueError: a number is out of range, or the shape is another.

    Example:
        >>> temperature_schedule(1.0, 0.5, 3)
        [1.0, 0.75, 0.5]
    """
    ### BEGIN SOLUTION
    if n_steps < 1:
        raise ValueError(f"n_steps is {n_steps}, expected at least 1")
    if start <= 0 or end <= 0:
        raise ValueError(f"start is {start} and end is {end}, expected both above 0")
    done = [step / max(n_steps - 1, 1) for step in range(n_steps)]  # from 0 to 1
    if shape == "cosine":
        done = [(1 - math.cos(math.pi * share)) / 2 for share in done]
    elif shape != "linear":
        raise ValueError(f"shape is {shape!r}, expected linear or cosine")
    return [start + (end - start) * share for share in done]
    ### END SOLUTION


def left_pad(prompts: Sequence[Tensor], pad: int) -> tuple[Tensor, Tensor, Tensor]:
    """Make one batch of prompts of different lengths, so that all end in the last column.

    There the model predicts the next token, for all rows at once.

    Args:
        prompts: B tensors int64[length], each of at least one token; the longest has T. A prompt
            may hold the id ``pad`` as text.
        pad: the id that fills up on the left

    Returns:
        tokens int64[B, T];
        positions int64[B, T]: each prompt counts from 0 at its first token, and padding has 0;
        mask bool[B, T, T]: True where a query (second axis) may attend to a key (last axis), which
        is a token of the prompt and not after the query. So a query in the padding sees nothing.

    Raises:
        ValueError: there is no prompt, or an empty one.
    """
    ### BEGIN SOLUTION
    if not prompts or any(len(prompt) == 0 for prompt in prompts):
        raise ValueError("prompts holds nothing or an empty prompt, expected a token in each")
    size = max(len(prompt) for prompt in prompts)
    tokens = torch.full((len(prompts), size), pad)  # (B, T)
    real = torch.zeros(len(prompts), size, dtype=torch.bool)  # (B, T)
    for row, prompt in enumerate(prompts):
        tokens[row, size - len(prompt) :] = prompt  # (length,)
        real[row, size - len(prompt) :] = True  # (length,)
    positions = (real.cumsum(dim=1) - 1).clamp(min=0)  # (B, T)
    causal = torch.ones(size, size, dtype=torch.bool).tril()  # (T, T)
    return tokens, positions, real[:, None, :] & causal  # (B, T), (B, T), (B, T, T)
    ### END SOLUTION


def complete(
    next_logits: Callable[[Tensor], Tensor],
    prompt: Tensor,
    max_new_tokens: int,
    max_len: int,
    eos: int | None = None,
) -> Tensor:
    """Go on with a text, always with the most probable token (of equals, the lowest id).

    It ends after ``max_new_tokens``, or with the first EOS that it adds, if that comes earlier. An
    EOS in the prompt ends nothing.

    Args:
        next_logits: takes a text int64[t], t from 1 to ``max_len``, and gives the scores [V] of
            the token after it. It is given the end of the text so far, as much as it can take.
        prompt: int64[T], T at least 1
        max_new_tokens: at least 0
        max_len: at least 1
        eos: None where no token ends the text

    Returns:
        int64[T + n]: the whole prompt and n new tokens, with the EOS.

    Raises:
        ValueError: a number is out of range.
    """
    ### BEGIN SOLUTION
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens is {max_new_tokens}, expected at least 0")
    if max_len < 1:
        raise ValueError(f"max_len is {max_len}, expected at least 1")
    text = prompt  # (T,)
    for _ in range(max_new_tokens):
        token = next_logits(text[-max_len:]).argmax()  # ()
        text = torch.cat((text, token[None]))  # (one more,)
        if token == eos:  # never, where eos is None
            break
    return text
    ### END SOLUTION


def text_log_probability(logits: Tensor, tokens: Tensor) -> Tensor:
    """ln of the probability that a model gives to each text, given its first token.

    It is the sum of ln softmax of every token but the first, each by the scores at the token before.

    Args:
        logits: [B, T, V], the scores of the model for the token after each position; scores of ten
            thousand must not overflow
        tokens: int64[B, T], T at least 2

    Returns:
        [B], in the dtype of the scores.

    Raises:
        ValueError: there is not one row of scores for each token, or T is below 2.
    """
    ### BEGIN SOLUTION
    if tokens.shape != logits.shape[:2] or tokens.size(1) < 2:
        raise ValueError(
            f"tokens has shape {[*tokens.shape]}, expected {[*logits.shape[:2]]} with 2 or more columns"
        )
    logs = torch.log_softmax(logits[:, :-1], dim=-1)  # (B, T - 1, V)
    chosen = logs.take_along_dim(tokens[:, 1:, None], dim=2)  # (B, T - 1, 1)
    return chosen.sum(dim=(1, 2))  # (B,)
    ### END SOLUTION
