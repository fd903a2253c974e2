"""As short as it gets."""

from importlib import import_module
from warnings import warn


class ExperimentTracker:
    def log(self, metrics, step):
        print(f"step {step}:", *(f"{k}={v}" for k, v in metrics.items()))

    def close(self):
        pass


class WandbTracker(ExperimentTracker):
    def __init__(self, folder, name):
        self._run = import_module("wandb").init(dir=str(folder), name=name)
        self.close = self._run.finish

    def log(self, metrics, step):
        self._run.log(dict(metrics), step=step)


class TensorBoardTracker(ExperimentTracker):
    def __init__(self, folder, name):
        self.board = import_module("torch.utils.tensorboard").SummaryWriter(f"{folder}/{name}")

    def log(self, metrics, step):
        [self.board.add_scalar(tag=k, scalar_value=v, global_step=step) for k, v in metrics.items()]

    def close(self):
        self.board.close()


def get_experiment_tracker(kind="console", folder="runs", name="run"):
    kinds = ["console", "tensorboard", "wandb"]
    number = kinds.index(kind)
    try:
        if number:
            return (TensorBoardTracker, WandbTracker)[number - 1](folder, name)
    except Exception as e:
        warn(f"{kind}: {e}")
    return ExperimentTracker()
