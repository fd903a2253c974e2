"""As short as it gets: the loss stands in the name of a file."""

import os
from math import inf, isnan
from pathlib import Path
from tempfile import NamedTemporaryFile

import torch

from .random_state import random_states, restore_random_states


def git_commit(start="."):
    folders = [Path(start).resolve(), *Path(start).resolve().parents]
    git = next((folder / ".git" for folder in folders if (folder / ".git").exists()), None)
    if git is None:
        return None
    if git.is_file():
        git = git.parent / git.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref:"):
        return head
    branch = git / head.partition("ref:")[2].strip()
    return branch.read_text(encoding="utf-8").strip() if branch.is_file() else None


def write_atomically(path, write):
    path = Path(path)
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            write(file)
            file.flush()
            os.fsync(file)
            os.rename(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def choose_surplus(losses, keep_best, keep_latest=1):
    if min(keep_best, keep_latest - 1) < 0:
        raise ValueError(f"keep {keep_best}, {keep_latest}")
    order = sorted(
        losses, key=lambda s: (inf if losses[s] is None or isnan(losses[s]) else losses[s], s)
    )
    good = [s for s in order if losses[s] is not None and not isnan(losses[s])]
    return sorted(set(losses) - set(good[:keep_best]) - set(sorted(losses)[-keep_latest:]))


class CheckpointManager:
    def __init__(self, folder, keep_best=3, keep_latest=1):
        self.keep = keep_best, keep_latest
        choose_surplus({}, *self.keep)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def _files(self):
        split = {path: path.name.split("_") for path in self.folder.glob("at_*_loss_*_.pt")}
        return {
            int(n[1]): (eval(n[3], {"nan": inf - inf, "inf": inf}), p) for p, n in split.items()
        }

    def _losses(self):
        return {step: loss for step, (loss, _) in self._files().items()}

    def save(self, state, step, loss=None):
        old = self._files().get(step)
        path = self.folder / f"at_{step}_loss_{loss}_.pt"
        data = dict(state=state, step=step, loss=loss, commit=git_commit())
        write_atomically(path, lambda file: torch.save(data, file))
        if old and old[1] != path:
            old[1].unlink()
        files = self._files()
        for gone in choose_surplus(self._losses(), *self.keep):
            files[gone][1].unlink()
        return path

    def latest(self):
        return max(self._files().items(), default=(0, (0, None)))[1][1]

    def best(self):
        good = [(x, s, p) for s, (x, p) in self._files().items() if x is not None and x == x]
        return min(good, default=(0, 0, None))[2]

    def load(self, path=None):
        try:
            path = path or self.latest()
            data = torch.load(path, weights_only=True, map_location=torch.device("cpu"))
            return {key: data[key] for key in data} | {"step": data["step"]}
        except Exception as e:
            raise ValueError(f"{path or self.folder}: {e}")


def run_state(model, optimizer):
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": random_states(),
    }


def resume(manager, model, optimizer):
    if not manager.latest():
        return 0
    data = manager.load()
    for part, value in zip((model, optimizer), data["state"].values()):
        part.load_state_dict(value)
    restore_random_states(data["state"]["random"])
    return data["step"]
