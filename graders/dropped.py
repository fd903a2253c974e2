"""Dropout of attention weights, judged by its distribution, never by the draws."""

from __future__ import annotations

import numpy as np

from .calls import Result
from .compare import assert_parity, close, require


def assert_dropped(got: Result, want: Result, rate: float) -> None:
    """``output`` is ``weights / (1 - rate)``, or 0 for a share ``rate`` of its entries.

    So it is where the values are unit vectors. Each entry is on its own: the share of zeros is
    within 6 standard deviations (a false alarm is rarer than 1e-8), in total and between the
    entries of a row and of a column.
    """
    right = Result(want.call, {"weights": want["weights"]})
    assert_parity(got, right)
    require("output" in got.tensors, "`output` is missing", got)
    output, weights = got["output"], want["weights"]
    require(output.shape == weights.shape, "`output` has the wrong shape", got)
    scaled = close(output, weights / (1 - rate))
    require(
        (scaled | (output == 0)).all(),
        f"in training, each weight is either 0 or divided by 1 - {rate} before it meets the values; "
        "here some are neither",
        got,
    )
    kept = (~(output == 0)).astype(float)
    spread = np.sqrt(rate * (1 - rate) / kept.size)
    require(
        abs(kept.mean() - (1 - rate)) < 6 * spread,
        f"a share of {1 - kept.mean():.3f} of the weights was dropped, expected about {rate}",
        got,
    )
    for axis, name in ((-1, "row"), (-2, "column"), (0, "batch row")):
        together = (kept - (1 - rate)) * (np.roll(kept, 1, axis=axis) - (1 - rate))
        bound = 6 * rate * (1 - rate) / np.sqrt(kept.size)
        require(
            abs(together.mean()) < bound,
            f"weights of one {name} are dropped together; each must be on its own",
            got,
        )
