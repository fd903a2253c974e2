"""Figures of 00."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from .drawing import BLUE, COLOURS, FAINT, GREEN, INK, ORANGE, RED, SOFT, blank, card


def broadcasting() -> Figure:
    """A column and a row, each repeated along the axis that it lacks, and their sum."""
    figure, [axes] = card(9.4, 2.6)
    blank(axes, 25, 6.2)
    column, row = np.array([[0.0], [10], [20]]), np.array([[1.0, 2, 3, 4]])
    full_column, full_row = (np.broadcast_to(x, (3, 4)) for x in (column, row))
    _cells(axes, 0.5, 1.6, full_column, BLUE, np.broadcast_to([True, False, False, False], (3, 4)))
    _cells(axes, 7.5, 1.6, full_row, ORANGE, np.array([[True] * 4, [False] * 4, [False] * 4]))
    _cells(axes, 16.5, 1.6, full_column + full_row, GREEN, np.ones((3, 4), dtype=bool))
    for left, text in ((0.5, "[3, 1]"), (7.5, "[4]  is read as  [1, 4]"), (16.5, "[3, 4]")):
        axes.text(left, 1.1, text, va="bottom", ha="left")
    axes.text(6.5, 3.1, "+", ha="center", va="center", fontsize=16)
    axes.text(14.5, 3.1, "=", ha="center", va="center", fontsize=16)
    axes.text(0.5, 5.2, "pale: not stored, only read again and again", color=SOFT, va="top")
    return figure


def memory() -> Figure:
    """One row of memory, read in three ways: as [2, 3], its transpose, and a view as [3, 2]."""
    figure, [axes] = card(9.4, 4.0)
    blank(axes, 25, 10.6)
    axes.text(0.5, 0.9, "in memory", va="center")
    for place in range(6):
        _cell(axes, 4.5 + 1.5 * place, 0.2, str(place), COLOURS[place], True)
    numbers = np.arange(6).reshape(2, 3)
    for left, values, title, what in (
        (0.8, numbers, "x", "[2, 3]"),
        (8.8, numbers.T, "x.transpose(0, 1)", "[3, 2], rows are old columns"),
        (17.6, numbers.reshape(3, 2), "x.view(3, 2)", "[3, 2], cut anew"),
    ):
        axes.text(left, 3.1, title, va="center", family="monospace")
        axes.text(left, 4.0, what, va="center", color=SOFT)
        for (row, column), value in np.ndenumerate(values):
            colour = COLOURS[int(value)]
            _cell(axes, left + 1.5 * column, 4.9 + 1.5 * row, str(value), colour, True)
    said = "a transpose reads the same numbers in another order; a view cuts the old order anew"
    axes.text(0.5, 10.1, said, color=SOFT)
    return figure


def autograd() -> Figure:
    """A loss as a graph: values on the way forward, gradients on the way back."""
    figure, [axes] = card(9.4, 2.9)
    blank(axes, 26, 8)
    nodes = {
        "w": (2.0, 1.6, "w = 3", "4"),
        "x": (2.0, 4.6, "x = 2", "6"),
        "product": (9.0, 3.1, "p = w · x = 6", "2"),
        "gap": (16.0, 3.1, "g = p − 5 = 1", "2"),
        "loss": (23.0, 3.1, "L = g² = 1", "1"),
    }
    for start, end in (("w", "product"), ("x", "product"), ("product", "gap"), ("gap", "loss")):
        (x0, y0, *_), (x1, y1, *_) = nodes[start], nodes[end]
        arrow = {"arrowstyle": "->", "color": SOFT, "shrinkA": 2, "shrinkB": 2}
        axes.annotate("", (x1 - 2.5, y1), (x0 + (1.6 if x0 < 5 else 2.5), y0), arrowprops=arrow)
    for x, y, text, gradient in nodes.values():
        half = 1.5 if x < 5 else 2.4
        style = "round,pad=0,rounding_size=0.3"
        axes.add_patch(
            FancyBboxPatch((x - half, y - 0.7), 2 * half, 1.4, boxstyle=style, fc="white", ec=BLUE)
        )
        axes.text(x, y, text, ha="center", va="center", color=INK)
        axes.text(x, y + 1.3, f"gradient {gradient}", ha="center", va="center", color=RED)
    axes.text(0.6, 7.3, "forward: left to right", color=BLUE, va="center")
    axes.text(25.4, 7.3, "backward: right to left", color=RED, va="center", ha="right")
    return figure


def _cells(
    axes: Axes, left: float, top: float, values: np.ndarray, colour: str, stored: np.ndarray
) -> None:
    for (row, column), value in np.ndenumerate(values):
        place = left + 1.3 * column, top + 1.1 * row
        _cell(axes, *place, f"{value:.0f}", colour, bool(stored[row, column]), 1.3, 1.1)


def _cell(
    axes: Axes,
    left: float,
    top: float,
    text: str,
    colour: str,
    stored: bool,
    width: float = 1.5,
    height: float = 1.5,
) -> None:
    shade = 0.35 if stored else 0.08
    axes.add_patch(Rectangle((left, top), width, height, fc=colour, alpha=shade, lw=0))
    axes.add_patch(Rectangle((left, top), width, height, fill=False, ec=FAINT, lw=0.8))
    ink = INK if stored else SOFT
    axes.text(left + width / 2, top + height / 2, text, ha="center", va="center", color=ink)
