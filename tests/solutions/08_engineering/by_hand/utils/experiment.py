"""One branch for each kind."""

import os
import warnings


class ExperimentTracker:
    def log(self, metrics, step):
        shown = ", ".join(f"{name} {value:.6g}" for name, value in metrics.items())
        print(f"step {step}: {shown}", flush=True)

    def close(self):
        pass


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
        import torch.utils.tensorboard as board

        self.writer = board.SummaryWriter(log_dir=os.path.join(folder, name))

    def log(self, metrics, step):
        for name in metrics:
            self.writer.add_scalar(name, metrics[name], global_step=step)

    def close(self):
        self.writer.flush()
        self.writer.close()


def get_experiment_tracker(kind="console", folder="runs", name="run"):
    if kind == "console":
        return ExperimentTracker()
    if kind == "tensorboard":
        maker = TensorBoardTracker
    elif kind == "wandb":
        maker = WandbTracker
    else:
        raise ValueError(f"unknown kind {kind}")
    try:
        tracker = maker(folder, name)
    except Exception as error:
        warnings.warn(f"no {kind}: {error}", RuntimeWarning)
        tracker = ExperimentTracker()
    return tracker
