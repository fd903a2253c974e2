"""Run one scenario here, in this process, and put what happened in words."""

from __future__ import annotations

import errno
import importlib
import os
import re
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..calls import unpack_inputs
from ..inputs import Array
from ..outcomes import Crashed, NotStarted, OverLimit, RunFailure, WrongReturn
from .frames import DTYPES, MAX_BODY
from .loading import Package

LONGEST_MESSAGE = 2000
DTYPE_NAMES = frozenset(str(dtype) for dtype in DTYPES)
LONGEST_LINE = 200
MAY_NOT = (
    "It may write files in its current folder only, and may start threads but no processes (no "
    "DataLoader with workers), and use no network"
)


def execute(
    scenario: str, tree: Any, arrays: Mapping[str, Array], tt: Package, folder: Path
) -> dict[str, Array]:
    """Run ``graders.scenarios.<scenario>`` on ``tt``; the tensors it returned, as numpy arrays.

    Torch's random stream is seeded alike for every call, so that equal code drops and draws alike;
    and gradients are on, whatever the call before left behind.

    Args:
        tree, arrays: the inputs as ``Call.packed`` gives them.
        folder: where the implementation's files lie, to point at its lines.

    Raises:
        RunFailure: there are no tensors; its message says why, for the learner.
    """
    import torch

    torch.default_generator.manual_seed(0)  # torch.manual_seed costs a third of a millisecond
    torch.set_grad_enabled(True)
    module, _, function = scenario.partition(".")
    scenarios = importlib.import_module(f"graders.scenarios.{module}")
    # copied: an implementation that changes its inputs must not change the caller's
    tensors = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
    try:
        returned = getattr(scenarios, function)(tt, **unpack_inputs(tree, tensors))
        return {str(name): _to_numpy(str(name), value) for name, value in returned.items()}
    except RunFailure:
        raise
    except BaseException as error:
        raise explain(error, folder) from error


def _to_numpy(name: str, value: object) -> Array:
    import torch

    if type(value) not in (torch.Tensor, torch.nn.Parameter):
        kind = "None" if value is None else f"a {type(value).__name__}"
        if isinstance(value, torch.Tensor):
            kind += ", a subclass of torch.Tensor"
        raise WrongReturn(f"`{name}` is {kind}, expected a plain torch.Tensor")
    assert isinstance(value, torch.Tensor)
    if value.layout is not torch.strided or value.device.type != "cpu":
        raise WrongReturn(
            f"`{name}` is a {value.layout} tensor on device {value.device}, expected a plain "
            "(strided) tensor on the CPU, where the inputs are"
        )
    if value.is_nested:
        raise WrongReturn(f"`{name}` is a nested tensor, expected a plain one")
    dtype = str(value.dtype).removeprefix("torch.")
    if dtype not in DTYPE_NAMES:
        raise WrongReturn(f"`{name}` has dtype {dtype}, which nothing here asks for")
    size = value.numel() * value.element_size()
    if size > MAX_BODY:  # it may take less room here, where entries can share it
        raise WrongReturn(
            f"`{name}` of shape {[*value.shape]} takes {size >> 20} MiB, which is too much for an "
            f"answer (at most {MAX_BODY >> 20} MiB)"
        )
    return np.array(value.detach().resolve_conj().resolve_neg().contiguous().numpy())


def explain(error: BaseException, folder: Path) -> RunFailure:
    """What an exception of learner code means, in words and with the learner's own line."""
    text = _text(error, folder)
    where = _where(error, folder)
    at = f" ({where})" if where else ""
    if isinstance(error, NotImplementedError) and "NotImplementedError" in where:
        return NotStarted(text)
    if isinstance(error, SyntaxError):
        file = Path(error.filename or "?")
        inside = file.is_relative_to(folder)
        name = file.relative_to(folder.parent).as_posix() if inside else file.name
        line = (error.text or "").strip()
        not_utf8 = any(word in text for word in ("codec", "encod", "UTF-8", "null bytes"))
        mend = " Save the file as UTF-8." if not_utf8 else ""
        shown = f": `{_short(line)}`" if line else ""
        at = f", line {error.lineno}," if error.lineno else ""
        return Crashed(f"{name}{at} cannot be read: {error.msg}{shown}.{mend}")
    if isinstance(error, MemoryError) or "allocate memory" in text:
        return OverLimit(f"it asked for more memory than a check may use: {text}{at}")
    if isinstance(error, SystemExit):
        return Crashed(f"it left the program with sys.exit or exit{at}; return a value instead")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OverLimit(f"it wrote more files than it may keep: {text}{at}")
    if isinstance(error, PermissionError):
        return Crashed(f"it did what graded work may not do: {text}{at}. {MAY_NOT}")
    if isinstance(error, TypeError) and not where:
        return Crashed(f"it cannot be called as the exercise asks: {text}")
    return Crashed(f"it raised {type(error).__name__}: {text}{at}")


def _text(error: BaseException, folder: Path) -> str:
    """What an exception says, the same in every run: without scratch folders and addresses."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # learner code can define __str__
        return "(its message cannot be shown)"
    for root in (folder.parent, folder.parent.resolve(), os.environ.get("HOME", "")):
        text = text.replace(f"{root}{os.sep}", "")
    return _short(re.sub(r" at 0x[0-9a-fA-F]+", "", text), LONGEST_MESSAGE)


def _short(text: str, longest: int = LONGEST_LINE) -> str:
    return text if len(text) <= longest else text[:longest] + " …"


def _where(error: BaseException, folder: Path) -> str:
    """The learner's innermost line that took part, or "" where none did."""
    found = ""
    for frame in traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), limit=-200):
        path = Path(frame.filename)
        if path.is_relative_to(folder):
            relative = path.relative_to(folder.parent).as_posix()
            found = f"{relative}, line {frame.lineno}: `{_short(frame.line or '')}`"
    return found
