"""Scenarios of module 08, ``utils/checkpoint.py``: a keeper of checkpoints, and a run that goes on."""

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..outcomes import WrongReturn
from ._folder import own_folder
from ._torch import torch
from .files import NONE, ODD, Failed
from .random_state import seed_all
from .tools import code_points, complaint, describe, in_chosen_calls, number, refusals

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module
    from torch.optim import Optimizer

    from .tools import Calls

NEEDED = ("torch._dynamo",)  # the first optimizer imports it, in a second


class Refusing:
    """Cannot be written: a write that has begun breaks off here."""

    def __reduce__(self) -> Any:
        raise Failed


class Running:
    """Makes a folder where it is read by a reader that runs what it reads."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("made",)


def _step_of(manager: Any, path: object) -> int:
    """The step of the checkpoint at a path, as it is read."""
    if path is not None and not isinstance(path, Path):
        raise WrongReturn(f"a path is {describe(path)}, expected a Path")
    return NONE if path is None else int(number(_read(manager, path)["step"], "step"))


def _read(manager: Any, *path: object) -> dict[str, Any]:
    record = manager.load(*path)
    if not isinstance(record, dict):
        raise WrongReturn(f"load gives {describe(record)}, expected a dict")
    return record


def manage(
    tt: Any,
    given: Mapping[str, int],
    saves: Sequence[tuple[int, float | str]],
    new_each_time: bool,
) -> dict[str, Tensor]:
    """Save checkpoints; after each, which of all are still there, which is the latest, which the best.

    With ``new_each_time``, each is saved by a new manager, as in another process.
    """
    kept, latest, best = [], [], []
    with own_folder():

        def made() -> Any:
            return tt.utils.checkpoint.CheckpointManager(Path("runs", "one"), **given)

        manager = made()
        before = [_step_of(manager, manager.latest()), _step_of(manager, manager.best())]
        paths: dict[int, Path] = {}
        for step, loss in saves:
            manager = made() if new_each_time else manager
            found = ODD[loss] if isinstance(loss, str) else loss
            paths[step] = manager.save({"weights": torch.full((2,), float(step))}, step, found)
            manager = made() if new_each_time else manager
            kept.append([int(n in paths and Path(paths[n]).exists()) for n, _ in saves])
            latest.append(_step_of(manager, manager.latest()))
            best.append(_step_of(manager, manager.best()))
    return {
        "latest and best of none": torch.tensor(before),
        "checkpoints that are there": torch.tensor(kept),
        "steps of the latest": torch.tensor(latest),
        "steps of the best": torch.tensor(best),
    }


def managers_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """Make managers that keep so and so many, and save twice with each."""

    def call(**given: int) -> dict[str, Tensor]:
        with own_folder():
            tt.utils.checkpoint.CheckpointManager("kept", **given)
        try:
            return manage(tt, given, [(1, 2.0), (2, 3.0)], new_each_time=False)
        except ValueError:  # only now: making it was not refused
            return {}

    return refusals(call, calls)


def save_and_load(
    tt: Any, weights: Sequence[Tensor], losses: Sequence[float | None], commit: str, folder: str
) -> dict[str, Tensor]:
    """Save checkpoints in a repository of git, load the first by its path, the last without one."""
    with own_folder():
        git = Path(".git")
        git.mkdir()
        (git / "HEAD").write_text(commit + "\n")
        manager = tt.utils.checkpoint.CheckpointManager(folder, keep_best=2, keep_latest=2)
        paths = []
        for n, (weight, loss) in enumerate(zip(weights, losses, strict=True)):
            state = {"model": {"weight": weight}, "note": f"number {n}", "parts": [n, (weight,)]}
            paths.append(manager.save(state, 10 * n + 5, loss))
        (git / "HEAD").write_text("0" * 40 + "\n")
        records = {"first": _read(manager, paths[0]), "last": _read(manager)}
    found = {}
    for name, record in records.items():
        state, loss = record["state"], record["loss"]
        found[f"weight of the {name}"] = state["model"]["weight"]
        found[f"second weight of the {name}"] = state["parts"][1][0]
        found[f"note of the {name}"] = code_points(state["note"], "note")
        found[f"step of the {name}"] = number(record["step"], "step")
        found[f"loss of the {name}"] = number(float("nan") if loss is None else loss, "loss")
        found[f"commit of the {name}"] = code_points(record["commit"], "commit")
    return found


def fail_to_save(tt: Any, weight: Tensor, steps: Sequence[int]) -> dict[str, Tensor]:
    """Save some checkpoints, then one that breaks off; what is left, and what can be loaded."""
    came_out = 0
    with own_folder():
        manager = tt.utils.checkpoint.CheckpointManager("kept", keep_best=1)
        for step in steps:
            manager.save({"weight": weight + step}, step, 1.0)
        files = sorted(path.name for path in Path("kept").rglob("*"))
        for step in (steps[-1], steps[-1] + 1):  # once in the place of one that is there
            try:
                manager.save({"weight": torch.zeros(5000), "last": Refusing()}, step, 0.5)
            except Failed:
                came_out += 1
        left = sorted(path.name for path in Path("kept").rglob("*"))
        best = _step_of(manager, manager.best())
        record = _read(manager)
    return {
        "exceptions": torch.tensor(came_out),
        "weight": record["state"]["weight"],
        "steps of the latest and the best": torch.tensor([int(record["step"]), best]),
        "files that are new or gone": torch.tensor(len({*files} ^ {*left})),
    }


def _damaged(content: bytes, damage: str) -> bytes:
    if damage == "cut off":
        return content[: len(content) // 2]
    if damage == "empty":
        return b""
    return b"no checkpoint at all" if damage == "foreign" else content


def load_damaged(tt: Any, weight: Tensor, damage: str) -> dict[str, Tensor]:
    """Load a checkpoint to which something happened; "none": there is none."""
    with own_folder():
        manager = tt.utils.checkpoint.CheckpointManager("kept")
        if damage != "none":
            path = Path(manager.save({"weight": weight}, 7, 1.0))
            path.write_bytes(_damaged(path.read_bytes(), damage))
        return {"weight": _read(manager)["state"]["weight"]}


load_damaged_in_chosen_calls = in_chosen_calls(load_damaged)


def missing_message(tt: Any, folder: str) -> dict[str, Tensor]:
    """What is said where a folder has no checkpoint."""
    with own_folder():
        manager = tt.utils.checkpoint.CheckpointManager(folder)
        return {"message": complaint(manager.load)}


def load_running(tt: Any, weight: Tensor, how: str) -> dict[str, Tensor]:
    """Load a file that would make a folder if it were run; whether there is one, and what is said."""
    with own_folder():
        manager = tt.utils.checkpoint.CheckpointManager("kept")
        path = Path(manager.save({"weight": weight}, 7, 1.0))
        before = _read(manager)["state"]["weight"]
        record = {
            "state": {"weight": weight, "more": Running()},
            "step": 7,
            "loss": 1.0,
            "commit": "",
        }
        if how == "torch":
            torch.save(record, path)
        else:
            path.write_bytes(pickle.dumps(record))
        message = complaint(lambda: manager.load(path))
        made = int(Path("made").exists())
    return {
        "weight": before,
        "folders made": torch.tensor(made),
        "message": message,
        "name of the file": code_points(path.name, "name"),
    }


def _trained(model: Module, optimizer: Optimizer, batch: Tensor) -> None:
    """One step, with noise from every stream in it."""
    noise = random.gauss(0.0, 1.0) + float(np.random.standard_normal())
    loss = model(batch + noise).square().mean()
    model.zero_grad()
    loss.backward()
    optimizer.step()


def _model(weights: Sequence[Tensor]) -> tuple[Module, Optimizer]:
    first, second = weights
    layers = (torch.nn.Linear(*first.shape[::-1]), torch.nn.Linear(*second.shape[::-1]))
    model = torch.nn.Sequential(layers[0], torch.nn.Dropout(0.25), layers[1]).double()
    for layer, weight in zip(layers, weights, strict=True):
        layer.weight.data.copy_(weight)
        layer.bias.data.fill_(0.125)
    return model, torch.optim.AdamW(model.parameters(), lr=0.05)


def _flat(model: Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()]).clone()


def resume_run(
    tt: Any, weights: Sequence[Tensor], others: Sequence[Tensor], batches: Sequence[Tensor], at: int
) -> dict[str, Tensor]:
    """Train on all batches, and once more from a checkpoint after ``at`` of them, made anew.

    A later checkpoint than that is not there; an earlier one is.
    """
    checkpoint = tt.utils.checkpoint
    with own_folder():
        manager = checkpoint.CheckpointManager("kept", keep_latest=2)
        seed_all(11)
        model, optimizer = _model(weights)
        for n, batch in enumerate(batches):
            if n in (1, at):
                manager.save(checkpoint.run_state(model, optimizer), n)
            _trained(model, optimizer, batch)
        whole = _flat(model)
        seed_all(12)
        model, optimizer = _model(others)
        _trained(model, optimizer, batches[0])  # it has moments of its own
        manager = checkpoint.CheckpointManager("kept", keep_latest=2)
        step = number(checkpoint.resume(manager, model, optimizer), "step")
        for batch in batches[at:]:
            _trained(model, optimizer, batch)
    return {"weights": whole, "weights of the resumed run": _flat(model), "step": step}


def begin_run(tt: Any, weights: Sequence[Tensor], batches: Sequence[Tensor]) -> dict[str, Tensor]:
    """Resume where there is no checkpoint, then train."""
    checkpoint = tt.utils.checkpoint
    with own_folder():
        seed_all(13)
        model, optimizer = _model(weights)
        manager = checkpoint.CheckpointManager("kept")
        step = number(checkpoint.resume(manager, model, optimizer), "step")
        for batch in batches:
            _trained(model, optimizer, batch)
    return {"weights": _flat(model), "step": step}
