"""Experiment tracking: TensorBoard or Weights & Biases where they are there, else the console.

Sources: https://docs.pytorch.org/docs/stable/tensorboard.html; https://docs.wandb.ai/ref/python
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType


class ExperimentTracker:
    """Takes the numbers of a run, and prints them. The trackers below put them elsewhere."""

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        """Take in some numbers of one step, by name."""
        shown = ", ".join(f"{name} {value:.6g}" for name, value in metrics.items())
        print(f"step {step}: {shown}", flush=True)

    def close(self) -> None:
        """Write what is still held back. A tracker is closed once, at the end of the run."""

    def __enter__(self) -> ExperimentTracker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class WandbTracker(ExperimentTracker):
    """Puts the numbers of a run into Weights & Biases, one run in the project ``tiny-transformer``."""

    def __init__(self, folder: str | Path, name: str) -> None:
        import wandb  # type: ignore[import-not-found, unused-ignore]  # not everyone has it

        self._run = wandb.init(project="tiny-transformer", dir=str(folder), name=name)

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        self._run.log(dict(metrics), step=step)

    def close(self) -> None:
        self._run.finish()


class TensorBoardTracker(ExperimentTracker):
    """Puts the numbers of a run into files for TensorBoard, with torch's ``SummaryWriter``.

    The writer (``torch.utils.tensorboard.SummaryWriter``) is imported when a tracker is made, not
    before: not everyone has TensorBoard. Its folder is ``folder/name``.
    """

    def __init__(self, folder: str | Path, name: str) -> None:
        ### BEGIN SOLUTION
        import torch.utils.tensorboard as tensorboard

        self._board = tensorboard.SummaryWriter(Path(folder) / name)
        ### END SOLUTION

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        """Add a scalar (``add_scalar``) for each of the numbers, under its name and at this step."""
        ### BEGIN SOLUTION
        for name, value in metrics.items():
            self._board.add_scalar(name, value, step)
        ### END SOLUTION

    def close(self) -> None:
        """Close the writer, which writes what it still holds."""
        ### BEGIN SOLUTION
        self._board.close()
        ### END SOLUTION


def get_experiment_tracker(
    kind: str = "console", folder: str | Path = "runs", name: str = "run"
) -> ExperimentTracker:
    """The tracker for ``kind``: "console" (ExperimentTracker), "tensorboard", or "wandb".

    Training must not fail because of what only watches it. So where making the tracker raises (the
    library is not there, a server does not answer), one warning is given (``warnings.warn``), and the
    result is a tracker for the console.

    Raises:
        ValueError: ``kind`` is none of the three.
    """
    ### BEGIN SOLUTION
    makers = {"tensorboard": TensorBoardTracker, "wandb": WandbTracker}
    if kind == "console":
        return ExperimentTracker()
    if kind not in makers:
        raise ValueError(f"kind is {kind!r}, expected console, tensorboard or wandb")
    try:
        return makers[kind](folder, name)
    except Exception as why:
        warnings.warn(f"{kind} is not to be had, the console is used: {why}", stacklevel=2)
        return ExperimentTracker()
    ### END SOLUTION
