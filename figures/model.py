"""Figures of module 05, the language model."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from .drawing import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, SKY, SOFT, blank, card

SIZES = {"tiny": (64, 2), "small": (128, 4), "medium": (384, 6), "large": (768, 12)}


def questions() -> Figure:
    """A text of six tokens holds five questions, each with a longer context than the one before."""
    figure, (axes,) = card(6.8, 3.3)
    blank(axes, 14, 6.8)
    text = ["to", "be", "or", "not", "to", "be"]
    axes.text(0.1, 0.6, "position", color=SOFT, va="center")
    axes.text(2.8, 0.6, "reads", color=SOFT, va="center", ha="center")
    axes.text(11.9, 0.6, "is asked for", color=SOFT, va="center", ha="center")
    for row in range(5):
        y = 1.7 + row
        axes.text(0.7, y, str(row), va="center", ha="center", color=SOFT)
        for place in range(5):
            seen = place <= row
            _box(axes, 2.8 + 1.5 * place, y, 1.3, 0.75, text[place] if seen else "", BLUE, seen)
        axes.annotate(
            "",
            (11.1, y),
            (10.2, y),
            arrowprops={"arrowstyle": "->", "color": SOFT},
        )
        _box(axes, 11.9, y, 1.3, 0.75, text[row + 1], ORANGE, True)
    return figure


def stream() -> Figure:
    """The stream from the embedding to the head; blocks read it and add to it."""
    figure, (axes,) = card(6.8, 4.6)
    blank(axes, 14, 9.4)
    x = 4.2
    axes.plot([x, x], [8.05, 1.5], color=BLUE, lw=5, solid_capstyle="butt", zorder=1)
    _box(axes, x, 9.0, 3.6, 0.7, "tokens", SOFT, False)
    _box(axes, x, 7.9, 3.6, 0.7, "embedding", PURPLE, True)
    for name, y in (("block 1", 6.5), ("block 2", 4.7)):
        axes.plot([x, 7.6, 7.6], [y + 0.55, y + 0.55, y], color=SOFT, lw=1.4, zorder=0)
        axes.annotate(
            "", (x + 0.32, y - 0.6), (7.6, y - 0.6), arrowprops={"arrowstyle": "->", "color": SOFT}
        )
        axes.plot([7.6, 7.6], [y, y - 0.6], color=SOFT, lw=1.4, zorder=0)
        _box(axes, 7.6, y, 2.8, 0.7, name, GREEN, True)
        axes.text(x, y - 0.6, "+", ha="center", va="center", color="white", fontsize=13, zorder=4)
        axes.plot([x], [y - 0.6], "o", ms=15, color=INK, zorder=3)
    _box(axes, x, 2.8, 3.6, 0.7, "last norm", SKY, True)
    _box(axes, x, 1.6, 3.6, 0.7, "head", PURPLE, True)
    axes.annotate("", (x, 0.75), (x, 1.2), arrowprops={"arrowstyle": "->", "color": SOFT})
    axes.text(x, 0.4, "a score for every token", ha="center", va="center", color=INK)
    for y, shape in ((9.0, "B × T"), (7.2, "B × T × D"), (3.5, "B × T × D"), (0.4, "B × T × V")):
        axes.text(0.2, y, shape, va="center", color=SOFT, fontsize=9.5)
    axes.plot([9.9, 10.2, 10.2, 9.9], [1.6, 1.6, 7.9, 7.9], color=PURPLE, lw=1.2, ls=":")
    axes.plot([6.2, 9.9], [1.6, 1.6], color=PURPLE, lw=1.2, ls=":")
    axes.plot([6.2, 9.9], [7.9, 7.9], color=PURPLE, lw=1.2, ls=":")
    axes.text(10.4, 4.7, "tied:\none table,\ntwo jobs", va="center", color=PURPLE)
    return figure


def parameters() -> Figure:
    """Where the parameters are, for four sizes and two vocabularies."""
    figure, plots = card(7.6, 2.7, columns=2)
    for axes, vocabulary in zip(plots, (65, 50257), strict=True):
        for row, (name, (width, layers)) in enumerate(SIZES.items()):
            table = vocabulary * width
            blocks = layers * (12 * width**2 + 13 * width)  # a sheet of paper is enough for this
            share = 100 * table / (table + blocks)
            axes.barh(row, share, color=ORANGE)
            axes.barh(row, 100 - share, left=share, color=BLUE)
            label = f"{(table + blocks) / 1e6:.1f} million"
            axes.text(103, row, label, va="center", fontsize=9.5)
            axes.text(-2, row, name, ha="right", va="center")
        axes.set(yticks=[], ylim=(3.6, -0.6), xlim=(0, 100), xlabel="share of all parameters, %")
        axes.set_title(f"vocabulary of {vocabulary:,}")
        axes.spines["left"].set_visible(False)
    figure.legend(
        [plots[0].patches[0], plots[0].patches[1]],
        ["embedding table", "blocks"],
        loc="outside lower center",
        ncols=2,
    )
    return figure


def _box(
    axes: Axes, x: float, y: float, width: float, height: float, text: str, colour: str, full: bool
) -> None:
    """A rounded box with a text around (x, y); pale where it is not ``full``."""
    shape = FancyBboxPatch(
        (x - width / 2, y - height / 2),
        width,
        height,
        boxstyle="round,pad=0,rounding_size=0.15",
        facecolor=colour if full else "white",
        edgecolor=colour if full or text else FAINT,
        zorder=2,
    )
    axes.add_patch(shape)
    ink = "white" if full and colour not in (ORANGE, SKY) else INK
    axes.text(x, y, text, ha="center", va="center", color=ink, zorder=3, fontsize=10)
