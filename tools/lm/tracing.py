"""Capture a model with ``torch.export``, whatever it asks of its inputs on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from .use import Trained

BATCHES = 4096  # the largest batch that a captured model takes
# what turns the values of tensors into Python's own, so that `if` and `while` can follow them
_QUESTIONS = {
    Tensor.__bool__,
    Tensor.__float__,
    Tensor.__index__,
    Tensor.__int__,
    Tensor.is_nonzero,
    Tensor.item,
    Tensor.tolist,
    torch.allclose,
    torch.equal,
}


class NotCaptured(Exception):
    """A model runs, and yet ``torch.export`` cannot make a program of it. The text is torch's."""


@torch.no_grad()
def capture(trained: Trained, device: str) -> ExportedProgram:
    """The model as a program from ``tokens`` int64[B, T] to ``logits`` [B, T, V], for any B and T.

    A model may look at the values of its inputs: is an id out of range? A program cannot. So the
    model is run on an example first, and while it is captured, each such question is answered as it
    was then. For checks that is right; a model whose result hangs on one comes out wrong, which a
    comparison with the model on other inputs shows.

    Raises:
        NotCaptured: see there.
    """
    model = _Logits(trained.model).eval()
    longest = trained.config.model.max_len
    length = max(1, min(16, longest - 1))  # 1 stands for itself in a program, other sizes for any
    example = torch.zeros(2, length, dtype=torch.int64, device=device)  # (2, T)
    model(example)
    model.replay = True
    dynamic = {0: Dim("batch", min=1, max=BATCHES), 1: Dim("length", min=1, max=longest)}
    try:
        return torch.export.export(model, (example,), dynamic_shapes={"tokens": dynamic})
    except Exception as error:  # of many kinds
        raise NotCaptured(str(error).strip().partition("\n")[0]) from error


class _Logits(nn.Module):
    """The model, without what it gives beside logits."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.answers: list[Any] = []
        self.replay = False

    def forward(self, tokens: Tensor) -> Tensor:
        with _Answers(self.answers, self.replay):
            logits: Tensor = self.model(tokens)[0]  # (B, T, V)
        return logits


class _Answers(TorchFunctionMode):
    """Notes the answers to questions about values, or gives them again in the same order."""

    def __init__(self, answers: list[Any], replay: bool) -> None:
        super().__init__()
        self._answers = answers
        self._left: Iterator[Any] = iter([*answers] if replay else [])

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if function not in _QUESTIONS:
            return function(*args, **(kwargs or {}))
        for answer in self._left:
            return answer
        self._answers.append(function(*args, **(kwargs or {})))
        return self._answers[-1]
