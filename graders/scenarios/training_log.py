"""Scenarios of module 08, ``utils/logging.py``."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._folder import own_folder
from ._torch import torch
from .tools import code_points, of_kind

if TYPE_CHECKING:
    from torch import Tensor

ODD = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}  # what inputs cannot hold


def log(
    tt: Any,
    path: str,
    before: str | None,
    records: Sequence[tuple[int, Mapping[str, Any], Mapping[str, str]]],
    as_text: bool,
) -> dict[str, Tensor]:
    """Write records into a log that may hold something; the file, and its sizes on the way.

    A record is a step, values by name, and those that are no numbers, in words.
    """
    ticks = count(1000)
    with own_folder():
        file = Path(path)
        if before is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(before.encode())
        logger = tt.utils.logging.TrainingLogger(path if as_text else file, lambda: next(ticks) / 4)
        sizes = []
        for step, values, odd in records:
            logger.log(step, **values, **{name: ODD[word] for name, word in odd.items()})
            sizes.append(file.stat().st_size)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            logger.close()
            del logger  # Python warns of a file that is open when its last owner goes
        content = [*file.read_bytes()]
    return {
        "file": torch.tensor(content, dtype=torch.uint8),
        "sizes": torch.tensor(sizes, dtype=torch.int64),
        "files left open": torch.tensor(sum(w.category is ResourceWarning for w in warned)),
    }


def read(tt: Any, content: str, as_text: bool) -> dict[str, Tensor]:
    """Read a log, each character of ``content`` a byte; what came back, as a text in JSON."""
    with own_folder():
        file = Path("log.jsonl")
        file.write_bytes(content.encode("latin-1"))
        found = tt.utils.logging.read_log(str(file) if as_text else file)
    return {"records": code_points(json.dumps(of_kind(found, list)), "records")}
