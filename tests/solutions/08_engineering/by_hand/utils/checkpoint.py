"""A table of all checkpoints in a file of its own, read and written with each save."""

import json
import math
import os
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
    path = os.fspath(path)
    part = path + ".part"
    try:
        file = open(part, "wb")
        try:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        finally:
            file.close()
        os.replace(part, path)
    except BaseException:
        if os.path.exists(part):
            os.remove(part)
        raise


def choose_surplus(losses, keep_best, keep_latest=1):
    if keep_best < 0:
        raise ValueError("keep_best is below 0")
    if keep_latest < 1:
        raise ValueError("keep_latest is below 1")
    left = {}
    for step, loss in losses.items():
        if loss is not None and loss == loss:
            left[step] = loss
    keep = set()
    for _ in range(keep_best):
        best = None
        for step in left:
            if best is None or (left[step], step) < (left[best], best):
                best = step
        if best is not None:
            keep.add(best)
            del left[best]
    steps = sorted(losses)
    for step in reversed(steps):
        if keep_latest > 0:
            keep.add(step)
        keep_latest -= 1
    return [step for step in steps if step not in keep]


class CheckpointManager:
    def __init__(self, folder, keep_best=3, keep_latest=1):
        if keep_best < 0 or keep_latest < 1:
            raise ValueError("too few to keep")
        self.folder = Path(folder)
        self.keep_best = keep_best
        self.keep_latest = keep_latest
        os.makedirs(self.folder, exist_ok=True)
        self.table = self.folder / "table.json"

    def _read_table(self):
        if not self.table.exists():
            return {}
        entries = json.loads(self.table.read_text())
        return {int(step): loss for step, loss in entries.items()}

    def _file(self, step):
        return self.folder / f"{step:012d}.ckpt"

    def save(self, state, step, loss=None):
        table = self._read_table()
        content = {"state": state, "step": step, "loss": loss, "commit": git_commit()}
        write_atomically(self._file(step), lambda file: torch.save(content, file))
        table[step] = loss
        surplus = choose_surplus(table, self.keep_best, self.keep_latest)
        for old in surplus:
            del table[old]
        text = json.dumps(table)
        write_atomically(self.table, lambda file: file.write(text.encode()))
        for old in surplus:
            os.remove(self._file(old))
        return self._file(step)

    def latest(self):
        steps = list(self._read_table())
        if not steps:
            return None
        return self._file(max(steps))

    def best(self):
        best = None
        table = self._read_table()
        for step in sorted(table):
            loss = table[step]
            if loss is None or math.isnan(loss):
                continue
            if best is None or loss < table[best]:
                best = step
        return None if best is None else self._file(best)

    def load(self, path=None):
        if path is None:
            path = self.latest()
            if path is None:
                raise ValueError(f"{self.folder} holds no checkpoint")
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
            content["state"], content["step"], content["loss"], content["commit"]
        except Exception as error:
            raise ValueError(f"{path} is broken: {error}")
        return content


def run_state(model, optimizer):
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": random_states(),
    }


def resume(manager, model, optimizer):
    path = manager.latest()
    if path is None:
        return 0
    content = manager.load(path)
    state = content["state"]
    restore_random_states(state["random"])
    optimizer.load_state_dict(state["optimizer"])
    model.load_state_dict(state["model"])
    return content["step"]
