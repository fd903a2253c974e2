"""Scenarios of the capstone: a trained model's arithmetic, by code that the grader trusts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._torch import torch

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 16  # rows of tokens at a time, at most
NUMBERS = 1 << 26  # weights of attention at a time, about


def describe(tt: Any, arguments: Mapping[str, Any]) -> dict[str, Tensor]:
    """The shape of each tensor in the ``state_dict`` of a model, and how many parameters it has."""
    model = tt.model.TinyTransformerLM(**arguments)
    shapes = {name: torch.tensor(tensor.shape) for name, tensor in model.state_dict().items()}
    return {**shapes, "parameters": torch.tensor(model.count_parameters())}


def logits(
    tt: Any,
    arguments: Mapping[str, Any],
    weights: Mapping[str, Tensor],
    tokens: Tensor,
    only_last: bool,
) -> dict[str, Tensor]:
    """What a model with these weights gives for each row of tokens, int64[N, T]: float32[N, T, V].

    With ``only_last`` for the last token of each row only: float32[N, 1, V].
    """
    model = tt.model.TinyTransformerLM(**arguments)
    model.load_state_dict(dict(weights), strict=False)
    model.eval()
    with torch.inference_mode():
        kept = slice(-1 if only_last else 0, None)
        of_a_row = arguments["n_heads"] * tokens.shape[1] ** 2
        count = max(1, min(BATCH, NUMBERS // of_a_row))
        rows = [model(part)[0][:, kept].float() for part in torch.split(tokens, count)]
    return {"logits": torch.cat(rows)}
