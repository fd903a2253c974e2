"""The processes that train together: one, or those that ``torchrun`` started."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graders.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class World:
    """This process among ``size``; the one of rank 0 shows, logs and saves."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        return self.rank == 0

    def shared(self, model: nn.Module) -> nn.Module:
        """The model, its gradients averaged over all processes in each backward pass."""
        if self.size == 1:
            return model
        from torch.nn.parallel import DistributedDataParallel

        return DistributedDataParallel(model, broadcast_buffers=False)

    def mean(self, values: list[float]) -> list[float]:
        """The mean of each value over all processes, the same in all of them."""
        if self.size == 1:
            return values
        import torch

        every = self.gathered(torch.tensor(values, dtype=torch.float64))
        return torch.stack(every).mean(dim=0).tolist()

    def gathered(self, tensor: Tensor) -> list[Tensor]:
        """This tensor of every process, by rank."""
        if self.size == 1:
            return [tensor]
        import torch
        from torch import distributed

        every = [torch.empty_like(tensor) for _ in range(self.size)]
        distributed.all_gather(every, tensor)
        return every


def join(device: str) -> World:
    """The world of this process: as ``torchrun`` says in the environment, else alone.

    Raises:
        CourseError: the processes do not find each other, or are to share one accelerator.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return World()
    if device != "cpu":
        raise CourseError(
            f"{size} processes and the device {device}: several processes train on the CPU. Say "
            "--set training.device=cpu, or start one process."
        )
    from torch import distributed

    try:
        distributed.init_process_group("gloo")
    except (RuntimeError, ValueError) as error:
        raise CourseError(
            f"The processes did not find each other ({error}). Start them with torchrun: "
            "torchrun --nproc-per-node=2 -m tools.lm --config tiny"
        ) from None
    return World(distributed.get_rank(), size)


def leave(world: World) -> None:
    """Take leave of the other processes."""
    if world.size > 1:
        from torch import distributed

        distributed.destroy_process_group()
