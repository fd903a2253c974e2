"""Scenarios of module 06, ``training/dataset.py``: the tokenizer."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .tools import Calls, code_points, describe, number, refusals

if TYPE_CHECKING:
    from torch import Tensor


def _ids(found: object) -> Tensor:
    if not isinstance(found, list):
        raise WrongReturn(f"encode gives {describe(found)}, expected a list")
    return torch.tensor(found, dtype=torch.int64)


def _fitted(tt: Any, text: str) -> Any:
    tokenizer = tt.training.dataset.CharTokenizer()
    tokenizer.fit(text)
    return tokenizer


def encode(tt: Any, fitted: str, texts: Sequence[str]) -> dict[str, Tensor]:
    """Fit a tokenizer, and encode some texts."""
    tokenizer = _fitted(tt, fitted)
    return {f"ids of text {n}": _ids(tokenizer.encode(text)) for n, text in enumerate(texts)}


def decode(tt: Any, fitted: str, texts: Sequence[str]) -> dict[str, Tensor]:
    """Fit a tokenizer, and decode what it encodes of some texts."""
    tokenizer = _fitted(tt, fitted)
    decoded = [tokenizer.decode(tokenizer.encode(text)) for text in texts]
    return {f"text {n}, decoded": code_points(text, "text") for n, text in enumerate(decoded)}


def two_tokenizers(tt: Any, one: str, other: str) -> dict[str, Tensor]:
    """Fit two tokenizers, then ask both for their size and for the ids of their texts."""
    tokenizers = {"one": _fitted(tt, one), "the other": _fitted(tt, other)}
    found = {}
    for (name, tokenizer), text in zip(tokenizers.items(), (one, other), strict=True):
        found[f"ids of {name}"] = _ids(tokenizer.encode(text))
        found[f"size of {name}"] = number(tokenizer.vocab_size, "vocab_size")
    return found


def encode_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Encode several texts, some with unknown characters.

    Of the ids, whose order is open, the place where each comes first is told.
    """

    def call(fitted: str, text: str) -> dict[str, Tensor]:
        ids = _ids(_fitted(tt, fitted).encode(text)).tolist()
        return {"first places": torch.tensor([ids.index(i) for i in ids])}

    return refusals(call, calls)


def decode_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Decode what a tokenizer encodes of several texts, some with further ids that are unknown."""

    def call(fitted: str, text: str, further: Sequence[int]) -> dict[str, Tensor]:
        tokenizer = _fitted(tt, fitted)
        return {"text": code_points(tokenizer.decode([*tokenizer.encode(text), *further]), "text")}

    return refusals(call, calls)


def save_and_load(tt: Any, fitted: str, text: str, as_text: bool) -> dict[str, Tensor]:
    """Save a tokenizer, load it, and encode with both; with the bytes of the file.

    The path is a Path, or a str where ``as_text``.
    """
    tokenizer = _fitted(tt, fitted)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "tokenizer")
        path = str(file) if as_text else file
        tokenizer.save(path)
        loaded = type(tokenizer).load(path)
        if not file.is_file():
            raise WrongReturn("save wrote no file at the path that it was given")
        content = torch.tensor([*file.read_bytes()], dtype=torch.uint8)
    return {
        "ids before": _ids(tokenizer.encode(text)),
        "ids after": _ids(loaded.encode(text)),
        "size after": number(loaded.vocab_size, "vocab_size"),
        "decoded after": code_points(loaded.decode(loaded.encode(text)), "text"),
        "file": content,
    }


def load_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Save a tokenizer and load it, several times; some files get other bytes in between."""

    def call(fitted: str, content: Sequence[int] | None) -> dict[str, Tensor]:
        tokenizer = _fitted(tt, fitted)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "tokenizer")
            tokenizer.save(path)
            if content is not None:
                path.write_bytes(bytes(content))
            loaded = type(tokenizer).load(path)
        return {"size": number(loaded.vocab_size, "vocab_size")}

    return refusals(call, calls)
