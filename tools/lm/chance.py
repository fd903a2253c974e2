"""The state of torch's generators, to go on with the same draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def chance_of(device: str) -> Tensor:
    """The state of torch's generators: of the CPU, and behind it that of the accelerator."""
    import torch

    parts = [torch.get_rng_state()]
    if device.startswith("cuda"):
        parts.append(torch.cuda.get_rng_state(device))
    elif device.startswith("mps"):
        parts.append(torch.mps.get_rng_state())
    return torch.cat(parts)


def set_chance(device: str, state: Tensor) -> None:
    """Put torch's generators into the state that ``chance_of`` gave."""
    import torch

    size = len(torch.get_rng_state())
    torch.set_rng_state(state[:size])
    if device.startswith("cuda"):
        torch.cuda.set_rng_state(state[size:], device)
    elif device.startswith("mps"):
        torch.mps.set_rng_state(state[size:])
