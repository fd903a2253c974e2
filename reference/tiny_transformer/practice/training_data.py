"""Practice for module 06, the data: windows, a vocabulary, and a split that keeps its two sides apart.

Letters in the shape comments: L tokens of the whole text, T tokens of a window, N windows. Inputs
keep their values: nothing is changed in place.

Source: as in ../training/dataset.py
"""

from __future__ import annotations

from torch import Tensor


def sliding_windows(tokens: Tensor, seq_len: int, stride: int) -> tuple[Tensor, Tensor]:
    """Cut a long text into windows, each with what should be predicted at its places.

    Window n starts at token n * stride. The target of a place is the token after its input, so that
    a window takes T + 1 tokens of the text. Every window that fits is there, also the last one.

    Args:
        tokens: int64[L]; it need not be contiguous in memory
        seq_len: T, at least 1
        stride: from the start of one window to the start of the next, at least 1

    Returns:
        inputs [N, T] and targets [N, T]

    Raises:
        ValueError: ``seq_len`` or ``stride`` is below 1, or the text is too short for one window.

    Example:
        >>> sliding_windows(torch.tensor([1, 2, 3, 4, 5, 6, 7]), seq_len=3, stride=2)
        (tensor([[1, 2, 3],
                [3, 4, 5]]), tensor([[2, 3, 4],
                [4, 5, 6]]))
    """
    ### BEGIN SOLUTION
    if seq_len < 1 or stride < 1:
        raise ValueError(f"seq_len is {seq_len} and stride {stride}, expected at least 1")
    if tokens.numel() <= seq_len:
        raise ValueError(f"tokens has {tokens.numel()} entries, expected at least {seq_len + 1}")
    windows = tokens.unfold(0, seq_len + 1, stride)  # (N, T + 1)
    return windows[:, :-1], windows[:, 1:]  # (N, T), (N, T)
    ### END SOLUTION


def count_windows(n_tokens: int, seq_len: int, stride: int) -> int:
    """How many windows ``sliding_windows`` cuts out of a text, from the sizes alone.

    A text that is too short for a window has 0. The count must work for trillions of tokens: it
    takes a formula, no loop.

    Raises:
        ValueError: ``seq_len`` or ``stride`` is below 1.
    """
    ### BEGIN SOLUTION
    if seq_len < 1 or stride < 1:
        raise ValueError(f"seq_len is {seq_len} and stride is {stride}, expected at least 1")
    return max(0, (n_tokens - seq_len - 1) // stride + 1)
    ### END SOLUTION


def build_vocabulary(text: str) -> dict[str, int]:
    """Give every character that stands in the text a number.

    The ids are 0 to V - 1, in the order in which Python sorts the characters, so that they depend
    on which characters there are and not on where they stand. Upper and lower case, blanks and line
    ends are characters like any other.

    Returns:
        character -> id

    Example:
        >>> build_vocabulary("banana")
        {'a': 0, 'b': 1, 'n': 2}
    """
    ### BEGIN SOLUTION
    return {character: n for n, character in enumerate(sorted(set(text)))}
    ### END SOLUTION


def split_tokens(tokens: Tensor, val_fraction: float) -> tuple[Tensor, Tensor]:
    """Keep the end of a text for validation; all before it is for training.

    A text is split before it is cut into windows: windows overlap, and a model must not be judged
    on tokens that it has seen. The order of the tokens stays, none is lost, none is on both sides.

    Args:
        tokens: int64[L]
        val_fraction: the share of tokens kept for validation, above 0 and below 1. Their number is
            rounded down to a whole one.

    Returns:
        training tokens, validation tokens

    Raises:
        ValueError: ``val_fraction`` is out of range, or not one token is left for validation.
    """
    ### BEGIN SOLUTION
    n_tokens = tokens.numel()
    n_val = int(val_fraction * n_tokens)
    if not 0 < n_val < n_tokens:
        given = f"val_fraction is {val_fraction}, which is {n_val} of {n_tokens} tokens"
        raise ValueError(f"{given}, expected at least one, and one for training")
    return tokens[:-n_val], tokens[-n_val:]  # all but n_val, n_val
    ### END SOLUTION
