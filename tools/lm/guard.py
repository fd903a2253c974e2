"""Notice that a training step would put NaN or infinity into the weights, before it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from graders.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer


class NotFinite(CourseError):
    """A gradient is NaN or infinite. The weights are as they were before the step."""

    def __init__(self) -> None:
        super().__init__("A gradient is NaN or infinite.")


def watch(optimizer: Optimizer) -> None:
    """Have an optimizer raise NotFinite in place of a step with such gradients."""
    import torch

    def look(optimizer: Optimizer, *_: Any) -> None:
        gradients = [
            p.grad
            for group in optimizer.param_groups
            for p in group["params"]
            if p.grad is not None
        ]
        norms = torch.stack([gradient.norm() for gradient in gradients])
        if not norms.isfinite().all():
            raise NotFinite

    optimizer.register_step_pre_hook(look)


def find_source(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> str:
    """Where NaN or infinity comes up first when the model runs on these batches, in words."""
    import torch

    for name, parameter in model.named_parameters():
        if not parameter.isfinite().all():
            return f"the weight {name} holds it already"
    found: list[str] = []

    def look(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_: nn.Module, __: Any, output: Any) -> None:
            parts = output if isinstance(output, (tuple, list)) else [output]
            tensors = [part for part in parts if isinstance(part, torch.Tensor)]
            if not all(tensor.isfinite().all() for tensor in tensors):
                found.append(name)

        return hook

    hooks = [module.register_forward_hook(look(name)) for name, module in model.named_modules()]
    device = next(model.parameters()).device
    try:
        with torch.inference_mode(), torch.random.fork_rng(devices=[]):
            for inputs, _ in batches:
                model(inputs.to(device))
                if found:
                    return f"it comes up first in what {found[0] or 'the model'} gives"
    finally:
        for hook in hooks:
            hook.remove()
    return "the forward pass is finite, so it comes up in the loss or in the backward pass"
