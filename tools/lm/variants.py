"""The same model, run in another way: compiled, in other precisions."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from graders.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer


def device_of(name: str) -> str:
    """A device by its name; "auto" is the fastest there is. CourseError where it is not here."""
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "auto":
        return "cuda" if cuda else "mps" if mps else "cpu"
    try:
        kind = torch.device(name).type
    except RuntimeError:
        kind = ""
    if not {"cpu": True, "cuda": cuda, "mps": mps}.get(kind, False):
        known = [k for k, here in {"cpu": True, "cuda": cuda, "mps": mps}.items() if here]
        raise CourseError(
            f"There is no device {name} here. Name {', '.join(known)} or auto; `course verify` shows "
            "more."
        )
    return name


def prepared(model: nn.Module, precision: str, compiled: bool) -> nn.Module:
    """What to train in place of ``model``: it has the same parameters, and runs as it is told.

    Args:
        precision: "float32", "float64", or "bfloat16": weights in float32, products in bfloat16.
        compiled: whether to run it by ``torch.compile``. Results stay within 1e-5 of the eager
            ones in float32; under bfloat16 within 3e-2.
    """
    import torch

    model.to(torch.float64 if precision == "float64" else torch.float32)
    if compiled:
        # where a model looks at numbers, to refuse them, its graph breaks: no news to a learner
        logging.getLogger("torch._dynamo").setLevel(logging.ERROR)
        model.compile()
    return autocast(model) if precision == "bfloat16" else model


def in_one_pass(optimizer: Optimizer) -> None:
    """Have an Adam or AdamW update each weight in one pass over memory (torch's ``fused``).

    The update is the same but for rounding. Other optimizers, and devices that lack it, stay.
    """
    import torch

    if isinstance(optimizer, (torch.optim.Adam, torch.optim.AdamW)):
        for group in optimizer.param_groups:
            if all(p.device.type in ("cpu", "cuda") for p in group["params"]):
                group.update(fused=True, foreach=False)


def autocast(model: nn.Module) -> nn.Module:
    """The model under bfloat16 autocast; its logits are float32, so that the loss is exact."""
    import torch

    class Autocast(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, tokens: Tensor, *arguments: Any, **named: Any) -> tuple[Tensor, Any]:
            with torch.autocast(tokens.device.type, dtype=torch.bfloat16):
                logits, rest = self.inner(tokens, *arguments, **named)
            return logits.float(), rest

    return Autocast()
