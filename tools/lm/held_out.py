"""The loss of a model on text that it was not trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graders.errors import CourseError
from graders.lm.corpus import load_corpus

from .writing import Writer

if TYPE_CHECKING:
    from torch import Tensor

MOST = 128  # windows: enough for a comparison, and seconds on a CPU
BATCH = 16


@dataclass(frozen=True)
class Windows:
    """Inputs and targets, int64[N, T] each."""

    inputs: Tensor
    targets: Tensor


def held_out_windows(writer: Writer, file: Path | None) -> Windows:
    """Windows of held-out text, evenly spread, as long as those that the model was trained on.

    Args:
        file: a text in UTF-8; None is what was held out of the run's own corpus.

    Raises:
        CourseError: there is no such text, or it is too short. What the model never saw is left out.
    """
    import torch

    training = writer.trained.config.training
    if file is None:
        text = load_corpus(writer.own.course.root, training.corpus, training.val_fraction).val
    else:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(f"{file} cannot be read as UTF-8 text ({error}).") from None
    tokenizer = writer.trained.tokenizer
    tokens = torch.tensor(tokenizer.encode(tokenizer.known(text)))  # (number of characters,)
    length = training.seq_len
    last = len(tokens) - length - 1  # where the last window begins
    if last < 0:
        raise CourseError(
            f"The text to measure the loss on has {len(tokens)} characters that the model knows, "
            f"expected {length + 1} or more. Name another: --text FILE"
        )
    starts = torch.linspace(0, last, min(MOST, last + 1)).long()  # (N,)
    windows = tokens[starts[:, None] + torch.arange(length + 1)]  # (N, T + 1)
    return Windows(windows[:, :-1], windows[:, 1:])


def loss_of(model: Callable[[Tensor], Tensor], windows: Windows) -> float:
    """The mean cross-entropy in nats per token of logits that ``model`` gives."""
    import torch
    from torch.nn import functional

    total = 0.0
    with torch.inference_mode():
        for start in range(0, len(windows.inputs), BATCH):
            part = slice(start, start + BATCH)
            logits = model(windows.inputs[part]).flatten(0, 1)  # (B * T, V)
            targets = windows.targets[part].flatten()  # (B * T,)
            total += functional.cross_entropy(logits, targets, reduction="sum").item()
    return total / windows.targets.numel()
