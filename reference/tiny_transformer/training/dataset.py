"""From text to batches: characters to ids, ids to windows, windows to shuffled batches.

Letters in the shape comments: N tokens of a text, T = seq_len, B = batch_size.

Sources: Karpathy, minGPT and nanoGPT, https://github.com/karpathy/nanoGPT
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

Batches = DataLoader[tuple[Tensor, Tensor]]  # of inputs [B, T] and targets [B, T]


class CharTokenizer:
    """Every character is a token: ``fit`` to a text, then ``encode`` and ``decode``.

    The V characters of the text have the ids 0 to V - 1, in an order that is yours. No id is kept
    for anything else, and what was not in the text has none. A new tokenizer knows no character.
    """

    def __init__(self) -> None:
        self.characters: list[str] = []  # each at the place of its id
        self.ids: dict[str, int] = {}

    def fit(self, text: str) -> None:
        """Give every character of ``text`` an id."""
        ### BEGIN SOLUTION
        self.characters = sorted(set(text))
        self.ids = {character: i for i, character in enumerate(self.characters)}
        ### END SOLUTION

    @property
    def vocab_size(self) -> int:
        """V, the number of characters that have an id."""
        ### BEGIN SOLUTION
        return len(self.characters)
        ### END SOLUTION

    def encode(self, text: str) -> list[int]:
        """The ids of the characters of ``text``, in order.

        Raises:
            ValueError: a character has no id.
        """
        ### BEGIN SOLUTION
        for place, character in enumerate(text):
            if character not in self.ids:
                raise ValueError(f"text holds {character!r} at {place}, expected known characters")
        return [self.ids[character] for character in text]
        ### END SOLUTION

    def decode(self, ids: Sequence[int]) -> str:
        """The text of these ids: ``decode(encode(text)) == text``.

        Raises:
            ValueError: an id is none of 0 to V - 1.
        """
        ### BEGIN SOLUTION
        for i in ids:
            if not 0 <= i < self.vocab_size:
                raise ValueError(f"ids holds {i}, expected 0 to {self.vocab_size - 1}")
        return "".join(self.characters[i] for i in ids)
        ### END SOLUTION

    def save(self, path: str | Path) -> None:
        """Write all that ``load`` needs to a file in UTF-8, in a form that is yours."""
        ### BEGIN SOLUTION
        Path(path).write_bytes("".join(self.characters).encode("utf-8"))
        ### END SOLUTION

    @classmethod
    def load(cls, path: str | Path) -> CharTokenizer:
        """A tokenizer like the one that ``save`` wrote: every character has the same id.

        Raises:
            ValueError: the file is not in UTF-8. (Python's UnicodeDecodeError is a ValueError.)
        """
        ### BEGIN SOLUTION
        tokenizer = cls()
        tokenizer.fit(Path(path).read_bytes().decode("utf-8"))  # sorted alike, so the ids are alike
        return tokenizer
        ### END SOLUTION


class TextDataset(Dataset[tuple[Tensor, Tensor]]):
    """Windows of T tokens, each with its targets: the same tokens, one place further on.

    Window i begins at token i * stride. There are as many as the text has in full, the last of them
    included: a window needs T + 1 tokens, because its last target lies one behind it.
    """

    def __init__(
        self, tokens: Sequence[int] | Tensor, seq_len: int, stride: int | None = None
    ) -> None:
        """
        Args:
            tokens: N ids, as a list or as a tensor [N] of any integer dtype.
            seq_len: T, at least 1.
            stride: from the beginning of a window to that of the next, at least 1; None is T.

        Raises:
            ValueError: ``seq_len`` or ``stride`` is below 1, or N is too small for one window.
        """
        ### BEGIN SOLUTION
        self.tokens = torch.as_tensor(tokens, dtype=torch.int64)  # (N,)
        self.seq_len = seq_len
        self.stride = seq_len if stride is None else stride
        if seq_len < 1:
            raise ValueError(f"seq_len is {seq_len}, expected at least 1")
        if self.stride < 1:
            raise ValueError(f"stride is {stride}, expected at least 1")
        if len(self.tokens) < seq_len + 1:
            raise ValueError(
                f"tokens has {len(self.tokens)} entries, expected {seq_len + 1} or more"
            )
        ### END SOLUTION

    @classmethod
    def from_text_file(
        cls, path: str | Path, tokenizer: Any, seq_len: int, stride: int | None = None
    ) -> TextDataset:
        """The windows of a whole text file in UTF-8, encoded by a tokenizer that is fitted already.

        Raises:
            ValueError: as the tokenizer does for what it does not know, or as the constructor does.
        """
        ### BEGIN SOLUTION
        text = Path(path).read_text(encoding="utf-8")
        return cls(tokenizer.encode(text), seq_len, stride)
        ### END SOLUTION

    def __len__(self) -> int:
        """How many windows there are."""
        ### BEGIN SOLUTION
        return (len(self.tokens) - self.seq_len - 1) // self.stride + 1
        ### END SOLUTION

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Input and target of a window, int64[T] each.

        Raises:
            IndexError: there is no such window. (A negative index may count from the end, as in a
                list, or be an IndexError too: both are right.)
        """
        ### BEGIN SOLUTION
        if not 0 <= index < len(self):
            raise IndexError(f"index is {index}, expected 0 to {len(self) - 1}")
        start = index * self.stride
        window = self.tokens[start : start + self.seq_len + 1]  # (T + 1,)
        return window[:-1], window[1:]  # (T,), (T,)
        ### END SOLUTION

    def get_stats(self) -> dict[str, int]:
        """Sizes to look at before training: windows, tokens in each, predictions of one epoch."""
        windows, seq_len = len(self), len(self[0][0])
        return {"windows": windows, "seq_len": seq_len, "predictions": windows * seq_len}


def create_data_loaders(
    train_tokens: Sequence[int] | Tensor,
    val_tokens: Sequence[int] | Tensor | None,
    seq_len: int,
    batch_size: int,
    stride: int | None = None,
    num_workers: int = 0,
) -> tuple[Batches, Batches | None]:
    """Batches of windows to train on, and batches to validate on.

    Every window comes once in each pass, in batches of ``batch_size``; the last batch may be
    smaller. Training windows come in a new random order in each pass, which follows torch's seed;
    validation windows come in the order of the text and never overlap.

    Args:
        val_tokens: None where there is nothing to validate on.
        stride: of the training windows; those to validate on have ``seq_len``.
        num_workers: as in DataLoader, for both.

    Returns:
        two torch DataLoaders that give input int64[B, T] and target int64[B, T]; the second is
        None where ``val_tokens`` is.

    Raises:
        ValueError: as TextDataset and DataLoader do.
    """
    ### BEGIN SOLUTION
    train = TextDataset(train_tokens, seq_len, stride)
    train_loader = DataLoader(train, batch_size, shuffle=True, num_workers=num_workers)
    if val_tokens is None:
        return train_loader, None
    val = TextDataset(val_tokens, seq_len)
    return train_loader, DataLoader(val, batch_size, num_workers=num_workers)
    ### END SOLUTION
