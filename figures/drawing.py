"""What all figures share: a white card that reads well on a dark page too, colours, matrices."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

INK, SOFT, FAINT = "#24292f", "#6e7781", "#d0d7de"
BLUE, ORANGE, GREEN, RED = "#0072b2", "#e69f00", "#009e73", "#d55e00"  # told apart by all eyes
PURPLE, SKY = "#8a5aa8", "#56b4e9"
COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY)
BLUES = LinearSegmentedColormap.from_list("blues", ["#ffffff", "#9ecae8", BLUE])
TWO_SIDED = LinearSegmentedColormap.from_list("two_sided", [RED, "#ffffff", BLUE])
STYLE: Any = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "tiny-transformer-course",
    "svg.fonttype": "path",  # looks the same wherever it is shown
    "font.size": 11.0,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 11.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
}


def card(
    width: float, height: float, columns: int = 1, ratios: Sequence[float] | None = None
) -> tuple[Figure, list[Axes]]:
    """A figure of this many inches with plots side by side, their widths in these ratios."""
    mpl.rcParams.update(STYLE)
    figure = Figure(figsize=(width, height), layout="constrained")
    grid = figure.subplots(1, columns, squeeze=False, width_ratios=ratios)
    return figure, [*grid[0]]


def blank(axes: Axes, width: float, height: float) -> None:
    """Make ``axes`` a sheet to draw on: x from 0 to ``width``, y from ``height`` down to 0."""
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    axes.axis("off")


def matrix(
    axes: Axes,
    values: NDArray[np.floating],
    *,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    colours: LinearSegmentedColormap = BLUES,
    limits: tuple[float, float] = (0.0, 1.0),
    digits: int | None = 2,
) -> None:
    """A matrix as coloured cells with their numbers (``digits`` None: without); row 0 on top."""
    axes.imshow(np.ma.masked_invalid(values), cmap=colours, vmin=limits[0], vmax=limits[1])
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    for spine in axes.spines.values():
        spine.set_visible(False)
    for edge in range(values.shape[0] + 1):
        axes.plot([-0.5, values.shape[1] - 0.5], [edge - 0.5] * 2, color=FAINT, lw=0.8)
    for edge in range(values.shape[1] + 1):
        axes.plot([edge - 0.5] * 2, [-0.5, values.shape[0] - 0.5], color=FAINT, lw=0.8)
    middle, reach = sum(limits) / 2, (limits[1] - limits[0]) / 2
    for (row, column), value in np.ndenumerate(values):
        if digits is None:
            continue
        away = (value - limits[0]) / (2 * reach) if limits[0] == 0 else abs(value - middle) / reach
        text = "−∞" if value == -np.inf else f"{value:.{digits}f}"
        colour = SOFT if value == -np.inf else "white" if away > 0.6 else INK
        axes.text(column, row, text, ha="center", va="center", color=colour)


def svg(figure: Figure) -> bytes:
    """A figure as SVG, without the date and the version of what drew it."""
    file = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    lines = (line.rstrip() for line in file.getvalue().decode().splitlines())
    return ("\n".join(lines) + "\n").encode()


def same(one: bytes, other: bytes) -> bool:
    """Whether two SVG files show the same, up to a tenth of a point: machines round differently."""
    return len(a := _parts(one)) == len(b := _parts(other)) and all(
        x == y or (isinstance(x, float) and isinstance(y, float) and abs(x - y) < 0.1)
        for x, y in zip(a, b, strict=True)
    )


def _parts(content: bytes) -> list[str | float]:
    text = re.sub(r"\b[a-zA-Z][0-9a-f]{10}\b", "id", content.decode())
    parts = re.split(r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)", text)
    return [float(part) if place % 2 else part for place, part in enumerate(parts)]
