"""What the pictures of ``visualization.py`` share: one look, white figures, heat maps, texts of tokens.

This file is given: there is nothing to write.

Sources: colours for all eyes: Okabe & Ito, "Color Universal Design", 2008, https://jfly.uni-koeln.de/color/;
the map from yellow to blue: Smith & van der Walt, viridis, 2015, https://bids.github.io/colormap/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from torch import Tensor

if TYPE_CHECKING:  # matplotlib takes a second to load: only a drawing waits for it
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
COLOURS = (BLUE, ORANGE, GREEN, RED, "#CC79A7", "#56B4E9", "#000000")
MAP = "viridis"
MOST_LABELS = 40  # more tokens than that could not be read along an axis


@contextmanager
def same_look() -> Iterator[None]:
    """The same look whatever a notebook has set, for as long as something is drawn."""
    from matplotlib import style

    look = {
        "axes.grid": True,
        "axes.prop_cycle": f"cycler('color', {[*COLOURS]})",
        "axes.spines.right": False,
        "axes.spines.top": False,
        "figure.constrained_layout.h_pad": 0.1,  # inches
        "figure.constrained_layout.w_pad": 0.1,
        "font.size": 10.0,
        "grid.alpha": 0.3,
        "legend.frameon": False,
    }
    with style.context(["default", look]):
        yield


def new_figure(
    width: float,
    height: float,
    rows: int = 1,
    columns: int = 1,
    heights: Sequence[float] | None = None,
    sharex: bool = False,
) -> tuple[Figure, Any]:
    """A white figure of this size in inches, and its axes, a list of rows."""
    from matplotlib.figure import Figure

    figure = Figure((width, height), dpi=120, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=sharex, height_ratios=heights)

    def shown() -> bytes:
        picture = BytesIO()
        figure.savefig(picture, format="png")
        return picture.getvalue()

    setattr(figure, "_repr_png_", shown)  # noqa: B010 - it is how a notebook shows what is not pyplot's
    return figure, [[*row] for row in grid]


def heat_map(
    axes: Axes, weights: Tensor, rows: Sequence[str] | None, columns: Sequence[str] | None
) -> Any:
    """Draw weights [T_q, T_k] from 0 to 1, and the texts of rows and columns where there is room."""
    axes.grid(False)
    image = axes.imshow(weights.detach().float().cpu().numpy(), cmap=MAP, vmin=0.0, vmax=1.0)
    for axis, texts, count in ((axes.yaxis, rows, 0), (axes.xaxis, columns, 1)):
        names = texts_for("tokens", texts, weights.size(count))
        if len(names) <= MOST_LABELS and texts is not None:
            axis.set_ticks(range(len(names)), names)
    axes.tick_params(axis="both", labelsize=8)
    return image


def expect_axes(name: str, tensor: Tensor, *axes: str) -> None:
    """ValueError unless a tensor has so many axes, none of them empty."""
    if tensor.dim() != len(axes) or 0 in tensor.shape:
        raise ValueError(f"{name} has shape {[*tensor.shape]}, expected [{', '.join(axes)}]")


def texts_for(name: str, texts: Sequence[str] | None, count: int) -> list[str]:
    """One text for each of ``count`` tokens, in which spaces and line ends can be seen."""
    if texts is None:
        return [str(number) for number in range(count)]
    if len(texts) != count:
        raise ValueError(f"{name} has {len(texts)} entries, expected {count}")
    seen = {" ": "␣", "\n": "\\n", "\t": "\\t"}
    return [plain("".join(seen.get(c, c) for c in text)) for text in texts]


def plain(text: str) -> str:
    """The text as it is: to matplotlib, what stands between two $ is mathematics."""
    return text.replace("$", r"\$")
