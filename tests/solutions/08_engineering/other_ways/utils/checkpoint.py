"""A checkpoint is a file of torch inside a record of JSON, and so is the list of all of them."""

import base64
import io
import json
import os
import pathlib

import torch

from .random_state import random_states, restore_random_states


def git_commit(start="."):
    folders = [pathlib.Path(start).resolve(), *pathlib.Path(start).resolve().parents]
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
    path = pathlib.Path(path)
    beside = path.parent / ("~" + path.name)
    try:
        with beside.open("w+b") as file:
            write(file)
            file.flush()
            os.fsync(file)
    except BaseException:
        beside.unlink()
        raise
    beside.replace(path)


def choose_surplus(losses, keep_best, keep_latest=1):
    for name, number, least in (("keep_best", keep_best, 0), ("keep_latest", keep_latest, 1)):
        if number < least:
            raise ValueError(f"{name} is {number}, which is below {least}")
    steps = sorted(losses)
    latest = steps[max(0, len(steps) - keep_latest) :]

    def better(other, step):
        if losses[other] is None or losses[other] != losses[other]:
            return False
        return losses[other] < losses[step] or (losses[other] == losses[step] and other < step)

    surplus = []
    for step in steps:
        odd = losses[step] is None or losses[step] != losses[step]
        among_best = not odd and sum(better(other, step) for other in steps) < keep_best
        if step not in latest and not among_best:
            surplus.append(step)
    return surplus


class CheckpointManager:
    def __init__(self, folder, keep_best=3, keep_latest=1):
        choose_surplus(losses={}, keep_best=keep_best, keep_latest=keep_latest)
        self.folder, self.best_of, self.latest_of = pathlib.Path(folder), keep_best, keep_latest
        self.folder.mkdir(exist_ok=True, parents=True)

    def _steps(self):
        return sorted(int(path.name[1:-5]) for path in self.folder.glob("c*.json"))

    def _at(self, step):
        return self.folder / f"c{step}.json"

    def _loss(self, step):
        return json.loads(self._at(step).read_text())["loss"]

    def save(self, state, step, loss=None):
        inner = io.BytesIO()
        torch.save(state, inner)
        record = {
            "state": base64.b64encode(inner.getvalue()).decode(),
            "step": step,
            "loss": loss,
            "commit": git_commit(),
        }
        data = json.dumps(record).encode()
        write_atomically(self._at(step), lambda file: file.write(data))
        losses = {known: self._loss(known) for known in self._steps()}
        for old in choose_surplus(losses, self.best_of, self.latest_of):
            self._at(old).unlink()
        return self._at(step)

    def latest(self):
        steps = self._steps()
        return self._at(steps[-1]) if steps else None

    def best(self):
        losses = [(self._loss(step), step) for step in self._steps()]
        numbers = [(loss, step) for loss, step in losses if loss is not None and loss == loss]
        return self._at(min(numbers)[1]) if numbers else None

    def load(self, path=None):
        path = self.latest() if path is None else pathlib.Path(path)
        if path is None:
            raise ValueError(f"no checkpoint in {self.folder}")
        try:
            record = json.loads(path.read_bytes())
            inner = io.BytesIO(base64.b64decode(record["state"]))
            record["state"] = torch.load(inner, map_location="cpu", weights_only=True)
            return record
        except Exception as error:
            raise ValueError(f"{path} is no checkpoint ({error})") from error


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
    record = manager.load(path)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            tensor.copy_(record["state"]["model"][name])
    optimizer.load_state_dict(record["state"]["optimizer"])
    restore_random_states(record["state"]["random"])
    return int(path.name[1:-5])
