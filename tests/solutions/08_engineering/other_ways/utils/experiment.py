"""Trackers are made by functions that are looked up by name."""

import pathlib
import sys
import warnings


class ExperimentTracker:
    def log(self, metrics, step):
        sys.stdout.write(f"step {step}: {dict(metrics)}\n")

    def close(self):
        sys.stdout.flush()


class WandbTracker(ExperimentTracker):
    def __init__(self, folder, name):
        import wandb

        self._run = wandb.init(project="tiny-transformer", dir=str(folder), name=name)

    def log(self, metrics, step):
        self._run.log(dict(metrics), step=step)

    def close(self):
        self._run.finish()


class TensorBoardTracker(ExperimentTracker):
    def __init__(self, folder, name):
        from torch.utils import tensorboard

        self._board = tensorboard.SummaryWriter(str(pathlib.PurePath(folder, name)))
        self._closed = False

    def log(self, metrics, step):
        for pair in metrics.items():
            self._board.add_scalar(*pair, step)

    def close(self):
        if not self._closed:
            self._board.close()
        self._closed = True


def get_experiment_tracker(kind="console", folder="runs", name="run"):
    match = {"tensorboard": TensorBoardTracker, "wandb": WandbTracker, "console": None}
    try:
        made = match[kind]
    except KeyError:
        raise ValueError(f"choose one of {sorted(match)}, not {kind!r}") from None
    tracker = None
    if made is not None:
        try:
            tracker = made(folder, name)
        except BaseException as error:
            if not isinstance(error, Exception):
                raise
            warnings.warn(f"{made.__name__} is not to be had: {error!r}", stacklevel=2)
    return ExperimentTracker() if tracker is None else tracker
