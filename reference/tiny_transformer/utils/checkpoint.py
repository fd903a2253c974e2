"""Checkpoints that survive: whole files or none, the best and the latest kept, a run resumed exactly.

Sources: https://man7.org/linux/man-pages/man2/fsync.2.html and .../rename.2.html (what makes a write
atomic); https://docs.pytorch.org/docs/stable/notes/serialization.html (``weights_only``).
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import nn
from torch.optim import Optimizer

from .random_state import random_states, restore_random_states


def git_commit(start: str | Path = ".") -> str | None:
    """The commit that is checked out around the folder ``start``; None outside of a repository.

    It reads the files of git and runs no program.
    """
    folders = [Path(start).resolve(), *Path(start).resolve().parents]
    git = next((folder / ".git" for folder in folders if (folder / ".git").exists()), None)
    if git is None:
        return None
    if git.is_file():  # a worktree: it says where its own files are
        git = git.parent / git.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref:"):
        return head
    branch = head.partition("ref:")[2].strip()
    common = git / "commondir"
    shared = git / common.read_text(encoding="utf-8").strip() if common.is_file() else git
    if (shared / branch).is_file():
        return (shared / branch).read_text(encoding="utf-8").strip()
    packed = shared / "packed-refs"
    lines = packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else []
    return next((line.split()[0] for line in lines if line.endswith(f" {branch}")), None)


def write_atomically(path: str | Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file so that ``path`` holds, at every moment, all of the old content or all of the new.

    ``write`` is called once with a binary file, open for writing, and writes the content into it. That
    file lies in the folder of ``path``, which is there, under another name. When ``write`` is done,
    the content is forced onto the disk (``os.fsync``, after what Python still buffers is flushed), and
    only then does the file take the place of ``path``, in one step (``os.replace``, or a path's own).

    If ``write`` raises, its exception passes, ``path`` is as before, and no other file is left.
    """
    ### BEGIN SOLUTION
    path = Path(path)
    number, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            write(file)
            file.flush()
            os.fsync(number)
        Path(part).replace(path)
    finally:
        Path(part).unlink(missing_ok=True)  # where it has not become path
    ### END SOLUTION


### BEGIN SOLUTION
def _ranked(losses: Mapping[int, float | None]) -> list[int]:
    """The steps that have a loss, the best first."""
    pairs = [(x, step) for step, x in losses.items() if x is not None and not math.isnan(x)]
    return [step for _, step in sorted(pairs)]


### END SOLUTION
def choose_surplus(
    losses: Mapping[int, float | None], keep_best: int, keep_latest: int = 1
) -> list[int]:
    """Which checkpoints may go.

    Kept are the ``keep_best`` with the lowest loss (of equal losses the earlier step is the better
    one) and the ``keep_latest`` of the highest steps, whether they are among the best or not. A loss
    that is None or NaN is never among the best.

    Args:
        losses: the loss of each checkpoint, by its step, in any order
        keep_best: at least 0
        keep_latest: at least 1

    Returns:
        the steps of all others, ascending.

    Raises:
        ValueError: a number to keep is too small.
    """
    ### BEGIN SOLUTION
    if keep_best < 0 or keep_latest < 1:
        raise ValueError(f"keep_best is {keep_best}, keep_latest {keep_latest}: too few to keep")
    best = _ranked(losses)[:keep_best]
    return [step for step in sorted(losses)[:-keep_latest] if step not in best]
    ### END SOLUTION


class CheckpointManager:
    """Keeps the checkpoints of one run in one folder, which is made where there is none.

    All that it knows, it reads from that folder: a new manager, in another process, goes on with the
    files of the one before it. The form and the names of the files are yours.
    """

    def __init__(self, folder: str | Path, keep_best: int = 3, keep_latest: int = 1) -> None:
        """
        Args:
            keep_best, keep_latest: as in ``choose_surplus``.

        Raises:
            ValueError: a number to keep is too small.
        """
        ### BEGIN SOLUTION
        choose_surplus({}, keep_best, keep_latest)
        self.folder, self.keep_best, self.keep_latest = Path(folder), keep_best, keep_latest
        self.folder.mkdir(exist_ok=True, parents=True)
        ### END SOLUTION

    ### BEGIN SOLUTION
    def _path(self, step: int) -> Path:
        return self.folder / f"step_{step}.pt"

    def _losses(self) -> dict[int, float | None]:
        """The loss of each checkpoint in the folder, by its step."""
        written = self.folder / "losses.json"
        known = json.loads(written.read_text(encoding="utf-8")) if written.is_file() else {}
        steps = [int(path.stem.removeprefix("step_")) for path in self.folder.glob("step_*.pt")]
        return {step: known.get(str(step)) for step in steps}

    ### END SOLUTION

    def save(self, state: dict[str, Any], step: int, loss: float | None = None) -> Path:
        """Write a checkpoint, whole or not at all, then delete those that ``choose_surplus`` names.

        Where it cannot be written, the exception passes and the folder is as before. A checkpoint of a
        step that is there already is replaced.

        Args:
            state: what ``torch.load(…, weights_only=True)`` can read: tensors, numbers, texts, dicts …
            loss: what the best are chosen by; lower is better.

        Returns:
            the path of the new checkpoint.
        """
        ### BEGIN SOLUTION
        record = {"state": state, "step": step, "loss": loss, "commit": git_commit()}
        write_atomically(self._path(step), partial(torch.save, record))
        losses = {**self._losses(), step: loss}
        written = json.dumps(losses).encode()
        write_atomically(self.folder / "losses.json", lambda file: file.write(written))
        for old in choose_surplus(losses, self.keep_best, self.keep_latest):
            self._path(old).unlink()
        return self._path(step)
        ### END SOLUTION

    def latest(self) -> Path | None:
        """The path of the checkpoint with the highest step; None where there is none."""
        ### BEGIN SOLUTION
        losses = self._losses()
        return self._path(max(losses)) if losses else None
        ### END SOLUTION

    def best(self) -> Path | None:
        """The path of the checkpoint with the lowest loss, as in ``choose_surplus``.

        None where no checkpoint has a loss that is a number.
        """
        ### BEGIN SOLUTION
        ranked = _ranked(self._losses())
        return self._path(ranked[0]) if ranked else None
        ### END SOLUTION

    def load(self, path: str | Path | None = None) -> dict[str, Any]:
        """Read a checkpoint, the latest where no path is given, with all tensors on the CPU.

        Nothing in the file is ever run: it is read with ``weights_only=True``.

        Returns:
            "state", "step" and "loss" as they were saved, and "commit": what ``git_commit()`` gave
            when they were.

        Raises:
            ValueError: there is none, or the file is no whole checkpoint (cut off, or of another kind,
                or one that would run code). The message names the file, or the folder without one.
        """
        ### BEGIN SOLUTION
        path = path or self.latest()
        if path is None:
            raise ValueError(f"there is no checkpoint in {self.folder}")
        try:
            record = torch.load(path, map_location="cpu", weights_only=True)
            return {name: record[name] for name in ("state", "step", "loss", "commit")}
        except Exception as broken:
            raise ValueError(f"{path} is no whole checkpoint: {broken}") from broken
        ### END SOLUTION


def run_state(model: nn.Module, optimizer: Optimizer) -> dict[str, Any]:
    """What changes while a model is trained, for ``CheckpointManager.save``."""
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": random_states(),
    }


def resume(manager: CheckpointManager, model: nn.Module, optimizer: Optimizer) -> int:
    """Go on where the latest checkpoint, saved with ``run_state(model, optimizer)``, was made.

    Model, optimizer and all streams of random numbers are as they were then: trained on with the same
    batches, the weights become the same, to the bit, as if the run had never been broken off.

    Returns:
        the step of that checkpoint; 0, with nothing changed, where there is none.
    """
    ### BEGIN SOLUTION
    if manager.latest() is None:
        return 0
    kept = manager.load()
    model.load_state_dict(kept["state"]["model"])
    optimizer.load_state_dict(kept["state"]["optimizer"])
    restore_random_states(kept["state"]["random"])
    return kept["step"]
    ### END SOLUTION
