"""The checkpoints themselves say all: they are read whenever something is asked."""

import io
import os
import uuid
from pathlib import Path

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
    target = Path(path)
    other = target.with_name(f"{uuid.uuid4().hex}.tmp")
    descriptor = os.open(other, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    done = False
    try:
        with open(descriptor, "wb", buffering=0) as file:
            write(file)
            os.fsync(file.fileno())
        other.rename(target)
        done = True
    finally:
        if not done:
            other.unlink()


def choose_surplus(losses, keep_best, keep_latest=1):
    if keep_best <= -1 or keep_latest <= 0:
        raise ValueError(f"keep_best={keep_best}, keep_latest={keep_latest}")
    by_step = sorted(losses.items())
    numbers = [(step, loss) for step, loss in by_step if loss is not None and loss == loss]
    numbers.sort(key=lambda pair: pair[1])  # stable: the earlier of equals stays first
    stay = {step for step, _ in numbers[:keep_best]}
    stay.update(step for step, _ in by_step[-keep_latest:])
    return [step for step, _ in by_step if step not in stay]


class CheckpointManager:
    def __init__(self, folder, keep_best=3, keep_latest=1):
        if keep_best < 0 or keep_latest < 1:
            raise ValueError("a manager keeps at least one checkpoint")
        self._folder, self._best, self._latest = Path(folder), keep_best, keep_latest
        self._folder.mkdir(parents=True, exist_ok=True)

    def _known(self):
        """Loss and path of each checkpoint, by step."""
        known = {}
        for path in self._folder.glob("*.checkpoint"):
            try:
                record = self.load(path)
            except ValueError:
                continue
            known[record["step"]] = (record["loss"], path)
        return known

    def save(self, state, step, loss=None):
        buffer = io.BytesIO()
        torch.save([state, step, loss, git_commit()], buffer)
        path = self._folder / f"{step}.checkpoint"
        write_atomically(path, lambda file: file.write(buffer.getvalue()))
        known = self._known()
        losses = {step: loss for step, (loss, _) in known.items()}
        for step in choose_surplus(losses, self._best, self._latest):
            known[step][1].unlink()
        return path

    def latest(self):
        known = self._known()
        return known[max(known)][1] if known else None

    def best(self):
        known = {s: (x, p) for s, (x, p) in self._known().items() if x is not None and x == x}
        return known[min(known, key=lambda s: (known[s][0], s))][1] if known else None

    def load(self, path=None):
        if path is None and (path := self.latest()) is None:
            raise ValueError(f"nothing is in {self._folder}")
        try:
            content = Path(path).read_bytes()
            parts = torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")
            state, step, loss, commit = parts
        except Exception as error:
            raise ValueError(f"{path}: {type(error).__name__}") from error
        return {"state": state, "step": step, "loss": loss, "commit": commit}


def run_state(model, optimizer):
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": random_states(),
    }


def resume(manager, model, optimizer):
    try:
        record = manager.load()
    except ValueError:
        if manager.latest() is not None:
            raise
        return 0
    model.load_state_dict(record["state"]["model"], strict=True)
    optimizer.load_state_dict(record["state"]["optimizer"])
    restore_random_states(record["state"]["random"])
    return record["step"]
