"""Scenarios of module 08, ``utils/experiment.py``, with libraries that only note what they are told."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import types
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._torch import torch
from .tools import code_points, complaint, refusals

if TYPE_CHECKING:
    from torch import Tensor

    from .tools import Calls

Steps = Sequence[tuple[int, Mapping[str, float]]]  # each a step and its numbers
BOARD, WANDB = "torch.utils.tensorboard", "wandb"
THERE, MISSING, BROKEN = "there", "missing", "broken"  # states of a library
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


class Noted:
    """What a library was told: where to write, numbers by tag and step, and to close."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.places: list[str] = []
        self.tags: list[str] = []
        self.numbers: list[list[float]] = []  # [value, step]
        self.closed: list[int] = []  # how many numbers there were each time

    def open(self, *places: object) -> None:
        if self.state == BROKEN:
            raise OSError("the server does not answer")
        self.places.append("|".join(str(place) for place in places))

    def add(self, tag: str, value: float, step: int) -> None:
        self.tags.append(tag)
        self.numbers.append([float(value), float(step)])

    def close(self) -> None:
        self.closed.append(len(self.numbers))

    def told(self, library: str) -> dict[str, Tensor]:
        return {
            f"places in {library}": code_points("\n".join(self.places), "places"),
            f"tags in {library}": code_points("\n".join(self.tags), "tags"),
            f"values and steps in {library}": torch.tensor(
                self.numbers, dtype=torch.float64
            ).reshape(-1, 2),
            f"numbers at the end of {library}": torch.tensor(self.closed, dtype=torch.int64),
        }


def _board(noted: Noted) -> Any:
    class SummaryWriter:
        def __init__(self, log_dir: object = None, comment: str = "", **others: object) -> None:
            noted.open(log_dir)

        def add_scalar(
            self, tag: str, scalar_value: float, global_step: int = -1, **others: object
        ) -> None:
            noted.add(tag, scalar_value, global_step)

        def flush(self) -> None:
            pass

        def close(self) -> None:
            noted.close()

    module: Any = types.ModuleType(BOARD)
    module.SummaryWriter = SummaryWriter
    return module


def _wandb(noted: Noted) -> Any:
    def log(data: Mapping[str, float], step: int) -> None:
        for tag, value in data.items():
            noted.add(tag, value, step)

    def init(**given: object) -> Any:
        noted.open(given.get("dir"), given.get("name"))
        return types.SimpleNamespace(log=log, finish=noted.close)

    module: Any = types.ModuleType(WANDB)
    module.init = init
    return module


@contextlib.contextmanager
def _libraries(board: Noted, wandb: Noted) -> Iterator[None]:
    """While this lasts, these stand for TensorBoard's and W&B's libraries, where they are there."""
    stand = {
        BOARD: None if board.state == MISSING else _board(board),
        WANDB: None if wandb.state == MISSING else _wandb(wandb),
    }
    before = {name: sys.modules[name] for name in stand if name in sys.modules}
    parent = torch.utils
    attribute = vars(parent).pop("tensorboard", None)
    sys.modules.update(stand)  # type: ignore[arg-type]  # None: as if it were not installed
    try:
        yield
    finally:
        for name in stand:
            sys.modules.pop(name, None)
        sys.modules.update(before)
        vars(parent).pop("tensorboard", None)
        if attribute is not None:
            parent.tensorboard = attribute


def _use(tracker: Any, steps: Steps) -> Tensor:
    """Log these numbers and close; the numbers that were printed, in their order."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for step, metrics in steps:
            tracker.log(metrics, step)
        tracker.close()
    found = [float(number) for number in _NUMBER.findall(printed.getvalue())]
    return torch.tensor(found, dtype=torch.float64)


def to_board(tt: Any, folder: str, name: str, steps: Steps) -> dict[str, Tensor]:
    """What reaches TensorBoard from a TensorBoardTracker."""
    board = Noted(THERE)
    with _libraries(board, Noted(MISSING)):
        tracker = tt.utils.experiment.TensorBoardTracker(folder, name)
        printed = _use(tracker, steps)
    return {"printed": printed, **board.told("TensorBoard")}


def track(
    tt: Any, kind: str, states: Sequence[str], given: Mapping[str, str], steps: Steps
) -> dict[str, Tensor]:
    """Ask for a tracker and use it, with TensorBoard and W&B in these states."""
    board, wandb = (Noted(state) for state in states)
    with warnings.catch_warnings(record=True) as warned, _libraries(board, wandb):
        warnings.simplefilter("always")
        tracker = tt.utils.experiment.get_experiment_tracker(kind, **given)
        printed = _use(tracker, steps)
    found = {"printed": printed, "warnings": torch.tensor(len(warned))}
    return found | board.told("TensorBoard") | wandb.told("W&B")


def track_in_chosen_calls(tt: Any, calls: Calls) -> dict[str, Tensor]:
    """``track``, several times. In which words the console tells numbers is open."""

    def call(**given: Any) -> dict[str, Tensor]:
        found = track(tt, **given)
        return {name: told for name, told in found.items() if name != "printed"}

    return refusals(call, calls)


def track_by_default(tt: Any, steps: Steps) -> dict[str, Tensor]:
    """Ask for a tracker without saying which; how many numbers it prints."""
    with _libraries(Noted(THERE), Noted(THERE)):
        printed = _use(tt.utils.experiment.get_experiment_tracker(), steps)
    return {"printed": printed}


def kind_message(tt: Any, kind: str) -> dict[str, Tensor]:
    """What is said of a kind that there is not."""
    return {"message": complaint(lambda: tt.utils.experiment.get_experiment_tracker(kind))}
