"""Checks of module 04, ``practice/embeddings.py``, 04.9 to 04.14: what tables of positions can do."""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation
from .check import check
from .embedding_inputs import B, D, T, nonzero
from .inputs import Array, Draw
from .test_04_practice import refuses, same_gradients, same_steps


def waves(positions: Array, d_model: int) -> Array:
    """Rows of the sinusoid table, computed here."""
    turned = positions[:, None] / 10000.0 ** (np.arange(0, d_model, 2) / d_model)
    return np.stack((np.sin(turned), np.cos(turned)), axis=-1).reshape(len(positions), d_model)


# ---- 04.9 move_on


@check("04.9", points=1)
def test_moved_rows(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Rows of the table become the rows so many positions later, or earlier."""
    rows = waves(np.arange(T), D)
    runs = [{"rows": rows, "offset": offset} for offset in (1, 7, -3, 0)]
    single = {"rows": rows.astype("float32"), "offset": 4}
    same_steps(learner, reference, "move_on", *runs, single)


@check("04.9", points=1)
def test_any_rows_moved(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Any vectors turn alike, of any leading dims, with the gradient of a rotation."""
    runs = [{"rows": draw.floats(*shape), "offset": 2} for shape in ((B, T, D), (16,), (3, 2))]
    same_steps(learner, reference, "move_on", *runs)
    run = {"rows": draw.floats(B, T, D), "offset": -5}
    same_gradients(learner, reference, "move_on", run, draw.floats(B, T, D))


@check("04.9", points=1)
def test_moved_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Rows of an odd width are a ValueError, and all others are not."""
    good = [{"rows": draw.floats(T, width), "offset": 3} for width in (2, 6, 10)]
    bad = {f"rows of width {w}": {"rows": draw.floats(T, w), "offset": 3} for w in (5, 7)}
    refuses(learner, reference, draw, "move_on", good, bad)


# ---- 04.10 similarity_by_distance


@check("04.10", points=2)
def test_similarity(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Entry k is the mean cosine similarity of all pairs of rows that are k apart."""
    shapes = ((T, D), (9, 4), (2, 3), (1, 3))
    runs = [{"table": draw.floats(*shape)} for shape in shapes]
    same_steps(learner, reference, "similarity_by_distance", *runs)


@check("04.10", points=1)
def test_similarity_of_waves(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """For waves it falls with the distance; it does not depend on how long the rows are."""
    table = waves(np.arange(12), 8)
    loudness = nonzero(draw, 12, 1)
    single = {"table": (table * 3.0).astype("float32")}
    runs = ({"table": table}, {"table": table * loudness}, single)
    same_steps(learner, reference, "similarity_by_distance", *runs)


# ---- 04.12 stretch_table


@check("04.12", points=2)
def test_stretched(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The first and last rows stay, and those between lie evenly on straight lines."""
    sizes = ((T, 9), (7, 4), (T, T), (2, 6), (4, 7), (3, 2))
    runs = [{"table": draw.floats(rows, D), "new_len": new} for rows, new in sizes]
    single = {"table": draw.floats(T, 3, dtype="float32"), "new_len": 8}
    same_steps(learner, reference, "stretch_table", *runs, single)


@check("04.12", points=1)
def test_stretched_gradient(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradient reaches each row of the table by its share."""
    for rows, new in ((T, 8), (9, 4)):
        run = {"table": draw.floats(rows, D), "new_len": new}
        same_gradients(learner, reference, "stretch_table", run, draw.floats(new, D))


@check("04.12", points=1)
def test_stretched_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A new length below 2 is a ValueError, and any other is not."""
    table = draw.floats(T, D)
    good = [{"table": table, "new_len": new} for new in (2, 4, 11)]
    bad = {f"new_len of {new}": {"table": table, "new_len": new} for new in (1, 0, -3)}
    refuses(learner, reference, draw, "stretch_table", good, bad)


# ---- 04.13 repeat_table


@check("04.13", points=2)
def test_repeated(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The table starts over and over, until there are enough rows; gradients add up."""
    sizes = ((T, 8), (3, 10), (T, T), (1, 4), (4, 8))
    runs = [{"table": draw.floats(rows, D), "new_len": new} for rows, new in sizes]
    single = {"table": draw.floats(T, 3, dtype="float32"), "new_len": 7}
    same_steps(learner, reference, "repeat_table", *runs, single)
    run = {"table": draw.floats(3, D), "new_len": 8}
    same_gradients(learner, reference, "repeat_table", run, draw.floats(8, D))


@check("04.13", points=1)
def test_repeated_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A new length below the old one is a ValueError, and any other is not."""
    table = draw.floats(T, D)
    good = [{"table": table, "new_len": new} for new in (T, T + 1, 3 * T)]
    bad = {f"new_len of {new}": {"table": table, "new_len": new} for new in (T - 1, 1, 0)}
    refuses(learner, reference, draw, "repeat_table", good, bad)


# ---- 04.14 combine


@check("04.14", points=1)
def test_combined(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The scaled vectors plus the first rows of the table, the same for every sequence."""
    shapes = ((T, T, D, T), (B, T, D, 9), (B, T, 4, T), (3, 1, D, 1))
    runs = [{"vectors": draw.floats(b, t, d), "table": draw.floats(m, d)} for b, t, d, m in shapes]
    same_steps(learner, reference, "combine", *runs)
    same_gradients(learner, reference, "combine", runs[1], draw.floats(B, T, D))


@check("04.14", points=1)
def test_combined_later(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Positions count from start on, up to the last row of the table."""
    given = {"vectors": draw.floats(B, T, D), "table": draw.floats(9, D)}
    single = {name: array.astype("float32") for name, array in given.items()}
    runs = [given | {"start": start} for start in (1, 4, 0)]
    same_steps(learner, reference, "combine", *runs, single | {"start": 3})


@check("04.14", points=1)
def test_combined_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Positions before the table or after its end are a ValueError; so are different widths."""
    given: dict[str, Any] = {"vectors": draw.floats(B, T, D), "table": draw.floats(9, D)}
    last = {"vectors": draw.floats(B, 1, D), "table": given["table"], "start": 8}
    good = [given | {"start": start} for start in (0, 2, 4)]
    bad = {
        "a start of -1": given | {"start": -1},
        "one position past the end": given | {"start": 5},
        "all positions past the end": last | {"start": 9},
        "more vectors than rows": given | {"table": draw.floats(T - 1, D)},
        "a single row for many vectors": given | {"table": draw.floats(1, D)},
        "a table of width 1": given | {"table": draw.floats(9, 1)},
        "a table that is wider": given | {"table": draw.floats(9, D + 1)},
    }
    refuses(learner, reference, draw, "combine", [*good, last], bad)
