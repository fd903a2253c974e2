"""Run one scenario here, in this process, and put what happened in words."""

from __future__ import annotations

import errno
import importlib
import os
import re
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..calls import SAID, Refusals, unpack_inputs
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
        arrays = {str(name): _to_numpy(str(name), value) for name, value in returned.items()}
        if isinstance(returned, Refusals) and any(error is not None for error in returned.errors):
            words = "\n".join(_said(error, folder) for error in returned.errors)
            arrays[SAID] = np.frombuffer(words.encode(errors="replace"), dtype=np.uint8)
        return arrays
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
    if type(error).__name__ == "BdbQuit":
        return Crashed(f"it stopped at a breakpoint(){at}: only `pytest -s` lets you look around")
    if isinstance(error, TypeError) and not where:
        return Crashed(f"it cannot be called as the exercise asks: {text}")
    name = type(error).__name__
    said = f"{name}: {text}" if text else name
    return Crashed(f"it raised {said}{at}{_own_module(error, folder)}")


def _own_module(error: BaseException, folder: Path) -> str:
    """The mend, where a file of the learner's own package was imported as if it lay outside."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    if not (isinstance(name, str) and name.isidentifier()):
        return ""
    found = next((path for path in sorted(folder.rglob(f"{name}.py"))), None)
    if found is None:
        return ""
    module = ".".join(found.relative_to(folder.parent).with_suffix("").parts)
    return f". That is a file of your own package: `from {module} import …`"


def _said(error: Exception | None, folder: Path) -> str:
    """In a line, what a call raised that a check expected to be refused; "" where it raised nothing.

    The place is left out of a ValueError, which most right work raises: it takes time to find.
    """
    if error is None:
        return ""
    where = "" if type(error) is ValueError else _where(error, folder)
    name, text = type(error).__name__, _short(_text(error, folder))
    said = f"{name}: {text}" if text else name
    return " ".join(f"{said} ({where})".split()) if where else " ".join(said.split())


def _text(error: BaseException, folder: Path) -> str:
    """What an exception says, the same in every run: without scratch folders and addresses."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # learner code can define __str__
        return "(its message cannot be shown)"
    for root in _roots(folder):
        text = text.replace(root, "")
    return _short(re.sub(r" at 0x[0-9a-fA-F]+", "", text), LONGEST_MESSAGE)


@cache
def _roots(folder: Path) -> tuple[str, ...]:
    """What a path in a message can begin with that is different on each machine."""
    roots = (folder.parent, folder.parent.resolve(), os.environ.get("HOME", ""))
    return (*(f"{root}{os.sep}" for root in roots),)


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
