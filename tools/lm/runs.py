"""The folder of a run: its settings, its log, its checkpoints.

runs/tiny/config.yaml                          the settings, all of them
          log.jsonl                            what was measured, a line for each report
          checkpoints/step-000200.safetensors  see ``checkpoint.py``
"""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

from graders.errors import CourseError
from graders.files import explained, write_whole
from graders.lm.checkpoint import Facts

from .checkpoint import SUFFIX, read_facts

RUNS = "runs"
CONFIG = "config.yaml"
LOG = "log.jsonl"
_NAME = re.compile(rf"step-(\d+){re.escape(SUFFIX)}")


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies, in the folder of a run's checkpoints."""
    return folder / f"step-{step:06}{SUFFIX}"


def checkpoints_in(*folders: Path) -> list[Path]:
    """The checkpoints in some folders, by their steps; not looked into."""
    paths = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
    steps = {path: int(m[1]) for path in paths if (m := _NAME.fullmatch(path.name))}
    return sorted(steps, key=lambda path: steps[path])


def checkpoints_of(run: Path) -> list[Path]:
    """The checkpoints of a run, by their steps; not looked into.

    Args:
        run: its folder, or its folder of checkpoints, whatever ``training.checkpoint_dir`` calls it.
    """
    return checkpoints_in(run, *run.iterdir()) if run.is_dir() else []


def find_checkpoint(path: Path, best: bool = False) -> Path:
    """The checkpoint file that a user means.

    Args:
        path: a checkpoint, the folder of a run, or a folder of checkpoints.
        best: of a folder, the one with the least held-out loss; else the one of the last step.

    Raises:
        CourseError: there is none.
    """
    if not path.is_dir():
        if path.exists():
            return path
        raise CourseError(
            f"There is no {path}. Name a checkpoint or the folder of a run. {runs_there(Path(RUNS))}"
        )
    found = checkpoints_of(path)
    if not found:
        raise CourseError(
            f"There is no checkpoint in {path} (step-NNNNNN{SUFFIX}, there or in a folder below it). "
            "Make one: course train --config tiny"
        )
    return best_of(found) if best else found[-1]


def best_of(paths: list[Path]) -> Path:
    """The checkpoint with the least held-out loss, the last one where none was measured."""
    losses = [(facts.val_loss, path) for path in paths if (facts := _facts(path))]
    measured = [(loss, path) for loss, path in losses if loss is not None]
    return min(measured)[1] if measured else paths[-1]


def _facts(path: Path) -> Facts | None:
    with contextlib.suppress(CourseError):  # a damaged one is not the best
        return read_facts(path)
    return None


def prune(folder: Path, keep_last: int) -> None:
    """Remove old checkpoints: the last ``keep_last`` stay, and the best one.

    What a killed process left half written goes too.
    """
    found = checkpoints_in(folder)
    kept = {*found[-keep_last:], best_of(found)} if found else set()
    leftover = folder.glob(f".step-*{SUFFIX}.*.part")
    for path in [*(p for p in found if p not in kept), *leftover]:
        with contextlib.suppress(OSError):  # it may go the next time
            path.unlink()


class Log:
    """Lines of JSON, one for each report, with the step in each; for plots and comparisons."""

    def __init__(self, path: Path, step: int) -> None:
        """
        Args:
            step: where the run goes on: what an interrupted run logged after it is forgotten.
        """
        self._path = path
        kept = [line for line in read_log(path) if line["step"] <= step] if path.exists() else []
        write_whole(path, "".join(f"{json.dumps(line)}\n" for line in kept).encode())

    def write(self, step: int, **values: float) -> None:
        """Add a line. CourseError where it cannot be written."""
        with explained(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **values}) + "\n")


def runs_there(folder: Path) -> str:
    """The runs in a folder in a sentence, or how one is made where there is none."""
    found = sorted(path.parent.name for path in folder.glob(f"*/{LOG}"))
    if found:
        return f"There are: {', '.join(str(folder / name) for name in found[:8])}."
    return "Make a run: course train --config tiny"


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a log: ``step``, and what was measured there. A torn last line is left out.

    Keys: ``loss`` (training, nats per token), ``val_loss``, ``learning_rate``, ``gradient_norm``,
    ``tokens_per_second``.

    Raises:
        CourseError: there is no log, or it is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise CourseError(
            f"There is no {path}. Expected the folder of a run with {LOG} in it. "
            f"{runs_there(Path(RUNS))}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} cannot be read ({error}). It is the log of a run.") from None
    read = []
    for number, line in enumerate(lines, start=1):
        try:
            values = json.loads(line)
            int(values["step"])
        except (ValueError, KeyError, TypeError):
            if number == len(lines):
                break
            raise CourseError(
                f"{path}, line {number}: expected JSON with a step, found {line[:60]!r}."
            ) from None
        read.append(values)
    return read
