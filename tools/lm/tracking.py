"""Where the figures of a run are shown while it goes on: the console, TensorBoard, or W&B.

The run's log (``runs.Log``) is written in any case.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol


class Tracker(Protocol):
    """Takes the figures of a step."""

    def track(self, step: int, figures: Mapping[str, float]) -> None: ...

    def close(self) -> None: ...


class Console:
    """Nothing beside the lines that every run shows."""

    def track(self, step: int, figures: Mapping[str, float]) -> None:
        pass

    def close(self) -> None:
        pass


class TensorBoard:
    """Event files, for ``tensorboard --logdir``."""

    def __init__(self, folder: Path, config: Mapping[str, Any]) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer: Any = SummaryWriter(str(folder))

    def track(self, step: int, figures: Mapping[str, float]) -> None:
        for name, figure in figures.items():
            self._writer.add_scalar(name, figure, step)

    def close(self) -> None:
        self._writer.close()


class WeightsAndBiases:
    """A run of Weights & Biases; in its offline mode where no account is set up."""

    def __init__(self, folder: Path, config: Mapping[str, Any]) -> None:
        import wandb

        folder.mkdir(parents=True, exist_ok=True)
        known = "WANDB_API_KEY" in os.environ or "WANDB_MODE" in os.environ
        self._run: Any = wandb.init(
            project="tiny-transformer",
            dir=str(folder),
            config={**config},
            mode=None if known else "offline",
        )

    def track(self, step: int, figures: Mapping[str, float]) -> None:
        self._run.log({**figures}, step=step)

    def close(self) -> None:
        self._run.finish()


_KINDS: dict[str, tuple[Callable[[Path, Mapping[str, Any]], Tracker], str]] = {
    "tensorboard": (TensorBoard, "pip install tensorboard"),
    "wandb": (WeightsAndBiases, "pip install wandb"),
}


def open_tracker(
    kind: str, folder: Path, config: Mapping[str, Any], warn: Callable[[str], None]
) -> Tracker:
    """A tracker by its name; the console, and a warning, where it cannot be had.

    Args:
        kind: "console", "tensorboard" or "wandb".
        folder: where it may keep files.
        config: of the run.
        warn: is told why it is the console instead.
    """
    if kind not in _KINDS:
        return Console()
    make, mend = _KINDS[kind]
    try:
        return _Careful(make(folder, config), warn)
    except ImportError:
        warn(f"{kind} is not installed ({mend}): figures go to the console and the log only.")
    except Exception as error:  # whatever a service raises is no reason not to train
        warn(f"{kind} cannot be used ({error}): figures go to the console and the log only.")
    return Console()


class _Careful:
    """A tracker that stops at its first failure, and lets the run go on."""

    def __init__(self, inner: Tracker, warn: Callable[[str], None]) -> None:
        self._inner: Tracker = inner
        self._warn = warn

    def track(self, step: int, figures: Mapping[str, float]) -> None:
        try:
            self._inner.track(step, figures)
        except Exception as error:
            self._warn(f"tracking stopped at step {step} ({error}); the log goes on.")
            self.close()

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._inner.close()
        self._inner = Console()
