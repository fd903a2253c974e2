"""Scenarios of module 06, ``training/dataset.py``: windows of tokens, and batches of them."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..outcomes import WrongReturn
from ._torch import torch
from .tools import Calls, in_chosen_calls, number, refusals, unpack

if TYPE_CHECKING:
    from torch import Tensor

MOST = 200  # windows or batches looked at; no right answer here has as many


class _Alphabet:
    """A tokenizer that is right: the id of a character is its place in a text."""

    def __init__(self, alphabet: str) -> None:
        self.alphabet = alphabet

    @property
    def vocab_size(self) -> int:
        return len(self.alphabet)

    def fit(self, text: str) -> None:
        self.alphabet = "".join(dict.fromkeys(text))

    def encode(self, text: str) -> list[int]:
        return [*map(self.alphabet.index, text)]

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(map(self.alphabet.__getitem__, ids))


def _pair(item: object) -> dict[str, Tensor]:
    return unpack(tuple(item) if isinstance(item, list) else item, "input", "target")


def _windows(dataset: Any) -> dict[str, Tensor]:
    length = len(dataset)
    found = {"length": number(length, "length")}
    for n in range(min(length, MOST)):
        found |= {f"{name} of window {n}": part for name, part in _pair(dataset[n]).items()}
    return found


def _dataset(tt: Any, tokens: Any, spread: bool = False, **given: Any) -> Any:
    if spread:
        tokens = torch.stack((tokens, tokens), dim=-1)[..., 0]
    return tt.training.dataset.TextDataset(tokens, **given)


def windows(tt: Any, tokens: Any, **given: Any) -> dict[str, Tensor]:
    """Make a dataset, of a list or a tensor, possibly one that is a view; all its windows."""
    return _windows(_dataset(tt, tokens, **given))


windows_in_chosen_calls = in_chosen_calls(windows)


def window_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Ask datasets for several windows, some of which they do not have."""
    return refusals(lambda index, **given: _pair(_dataset(tt, **given)[index]), calls)


def windows_of_file(
    tt: Any, text: str, characters: str, as_text: bool, **given: Any
) -> dict[str, Tensor]:
    """Write a text to a file in UTF-8, and make a dataset of it; all its windows."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "text")
        file.write_bytes(text.encode("utf-8"))
        path = str(file) if as_text else file
        make = tt.training.dataset.TextDataset.from_text_file
        return _windows(make(path, _Alphabet(characters), **given))


def windows_of_file_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Make datasets of several files, some with what the tokenizer does not know."""
    return refusals(lambda **given: windows_of_file(tt, as_text=False, **given), calls)


def _loaders(tt: Any, **given: Any) -> dict[str, Any]:
    return unpack(tt.training.dataset.create_data_loaders(**given), "train", "val")


def _batches(loader: Any) -> Iterator[dict[str, Tensor]]:
    for n, batch in enumerate(loader):
        if n == MOST:
            raise WrongReturn(f"one pass gives more than {MOST} batches")
        yield _pair(batch)


def _one_pass(loader: Any, name: str) -> dict[str, Tensor]:
    """All rows of one pass, and how many were in each batch."""
    batches = [*_batches(loader)]
    if not batches:
        raise WrongReturn(f"the loader to {name} on gives no batch")
    sizes = torch.tensor([len(batch["input"]) for batch in batches])
    rows = {part: torch.cat([batch[part] for batch in batches]) for part in ("input", "target")}
    return {**{f"{name} {part}": found for part, found in rows.items()}, f"{name} sizes": sizes}


def passes(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Make both loaders; go once through that to train on, and twice through the other, if any.

    The rows to train on are put in the order of their first tokens, which all differ.
    """
    loaders = _loaders(tt, **given)
    found = _one_pass(loaders["train"], "train")
    order = found["train input"][:, 0].argsort()
    for part in ("train input", "train target"):
        found[part] = found[part][order]
    if loaders["val"] is not None:
        found |= _one_pass(loaders["val"], "val")
        again = _one_pass(loaders["val"], "val")
        found |= {f"{name}, again": tensor for name, tensor in again.items()}
    return found


def train_orders(tt: Any, seeds: Sequence[int], passes: int, **given: Any) -> dict[str, Tensor]:
    """Make the loaders after seeding torch, once for each seed; the first tokens of some passes.

    Python's and NumPy's own streams are somewhere else each time.
    """
    found = {}
    for run, seed in enumerate(seeds):
        random.seed(run)
        np.random.seed(run)
        torch.manual_seed(seed)
        loader = _loaders(tt, **given)["train"]
        rows = [_one_pass(loader, "train")["train input"][:, 0] for _ in range(passes)]
        found[f"orders of run {run}"] = torch.stack(rows)
    return found


def worker_counts(tt: Any, **given: Any) -> dict[str, Tensor]:
    """Make both loaders, and look at their number of worker processes, where they say it."""
    counts = {
        n: getattr(loader, "num_workers", None) for n, loader in _loaders(tt, **given).items()
    }
    return {n: torch.tensor(count) for n, count in counts.items() if isinstance(count, int)}


passes_in_chosen_calls = in_chosen_calls(passes)
