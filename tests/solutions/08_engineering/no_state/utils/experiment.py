"""Numbers are collected and written when the tracker is closed."""

import warnings
from pathlib import Path


class ExperimentTracker:
    def log(self, metrics, step):
        for name, value in metrics.items():
            print(f"step {step} | {name} | {value}")

    def close(self):
        pass


class WandbTracker(ExperimentTracker):
    def __init__(self, folder, name):
        import wandb

        self.run = wandb.init(project="tiny-transformer", dir=str(folder), name=name)

    def log(self, metrics, step):
        self.run.log(dict(metrics), step=step)

    def close(self):
        self.run.finish()


class TensorBoardTracker(ExperimentTracker):
    def __init__(self, folder, name):
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(log_dir=Path(folder, name))
        self.waiting = []

    def log(self, metrics, step):
        self.waiting.extend((name, float(value), step) for name, value in metrics.items())

    def close(self):
        while self.waiting:
            self.writer.add_scalar(*self.waiting.pop(0))
        self.writer.close()


def _made(kind, folder, name):
    return {
        "console": lambda: ExperimentTracker(),
        "tensorboard": lambda: TensorBoardTracker(folder, name),
        "wandb": lambda: WandbTracker(folder, name),
    }[kind]()


def get_experiment_tracker(kind="console", folder="runs", name="run"):
    if kind not in ("console", "tensorboard", "wandb"):
        raise ValueError(f"there is no tracker {kind!r}")
    try:
        return _made(kind, folder, name)
    except (ImportError, OSError, RuntimeError, ValueError, KeyError, AttributeError) as problem:
        warnings.warn(UserWarning(f"{kind} does not work ({problem}): printing"), stacklevel=1)
    return _made("console", folder, name)
