"""Judge dropout by its distribution, never by its draws."""

from __future__ import annotations

import numpy as np

from .calls import Result
from .compare import assert_parity, close, require
from .inputs import Array


def assert_dropped(
    got: Result, dropped: Array, whole: Array, rate: float, what: str = "entries of the output"
) -> None:
    """``dropped`` is ``whole / (1 - rate)``, or 0 for a share ``rate`` of the entries.

    Each entry is on its own: the share of zeros is within 6 standard deviations (a false alarm is
    rarer than 1e-8), in total and between neighbours along each axis. No entry of ``whole`` is 0.
    """
    require(dropped.shape == whole.shape, "`output` has the wrong shape", got)
    require(
        not close(dropped, whole).all(),
        f"in training, none of the {what} is dropped; expected a share of about {rate}",
        got,
    )
    require(
        (close(dropped, whole / (1 - rate)) | (dropped == 0)).all(),
        f"in training, each of the {what} is either 0 or divided by 1 - {rate}; here some are neither",
        got,
    )
    kept = (dropped != 0).astype(float)
    spread = np.sqrt(rate * (1 - rate) / kept.size)
    require(
        abs(kept.mean() - (1 - rate)) < 6 * spread,
        f"a share of {1 - kept.mean():.3f} of the {what} was dropped, expected about {rate}",
        got,
    )
    apart = kept - (1 - rate)
    for axis, size in enumerate(kept.shape):
        if size < 2:
            continue
        pairs = np.take(apart, range(1, size), axis) * np.take(apart, range(size - 1), axis)
        require(
            abs(pairs.mean()) < 6 * rate * (1 - rate) / np.sqrt(pairs.size),
            f"{what} are dropped together along axis {axis}; each must be on its own",
            got,
        )


def assert_weights_dropped(got: Result, want: Result, rate: float) -> None:
    """Attention to unit vectors: ``weights`` are as they should be, ``output`` is them, dropped."""
    assert_parity(got, Result(want.call, {"weights": want["weights"]}))
    require("output" in got.tensors, "`output` is missing", got)
    assert_dropped(got, got["output"], want["weights"], rate, "weights")
