"""Batches in an order that follows from a seed and a position, so that a run can go on anywhere.

Letters in the shape comments: B windows in a batch of this process, T = seq_len.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

_APART = 0x9E3779B1  # between the seeds of two passes: odd, so they come round last of all
Batch = tuple["Tensor", "Tensor"]  # inputs and targets, int[B, T] each


class Feed:
    """A training loader that gives the batches of one optimizer step, then of the next, and so on.

    Each pass over the text has every window once, in a random order of its own; one pass goes on
    where the one before ended, inside a batch where need be, so that all batches are of one size.

    Attributes:
        seen: windows given so far, over all processes: the data position. It may be set.
        last: the batches of the step that was given last.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int,
        batches: int = 1,
        seed: int = 0,
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        """
        Args:
            dataset: windows, as TextDataset gives them.
            batch_size: over all processes, which share it evenly.
            batches: in a step.
            rank: of this process.
        """
        self._dataset, self._size, self._batches = dataset, batch_size, batches
        self._seed, self._rank, self._processes = seed, rank, processes
        self._pass, self._order = -1, [0]
        self.seen = 0
        self.last: list[Batch] = []

    def __len__(self) -> int:
        return self._batches

    def __iter__(self) -> Iterator[Batch]:
        self.last = []
        for _ in range(self._batches):
            share = self._size // self._processes
            first = self.seen + self._rank * share
            batch = stacked(self._dataset, [self._window(first + i) for i in range(share)])
            self.seen += self._size
            self.last.append(batch)
            yield batch

    def _window(self, position: int) -> int:
        """The number of the window at a position, counted from the beginning of the run."""
        import torch

        number, place = divmod(position, len(self._dataset))
        if number != self._pass:
            seed = (self._seed + number * _APART) % 2**32  # torch looks at no more bits than that
            chance = torch.Generator().manual_seed(seed)
            self._order = torch.randperm(len(self._dataset), generator=chance).tolist()
            self._pass = number
        return self._order[place]


def in_order(dataset: Any, batch_size: int, most: int | None = None) -> list[Batch]:
    """The windows of a data set in batches, in their order; the first ``most`` batches, or all."""
    starts = range(0, len(dataset), batch_size)[:most]
    return [
        stacked(dataset, range(start, min(start + batch_size, len(dataset)))) for start in starts
    ]


def stacked(dataset: Any, numbers: Sequence[int]) -> Batch:
    """Some windows as one batch, int[B, T] twice."""
    import torch

    pairs = [dataset[number] for number in numbers]
    inputs, targets = (torch.stack(side) for side in zip(*pairs, strict=True))
    return inputs, targets
