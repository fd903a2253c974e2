"""Figures of module 04."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from .drawing import (
    BLUE,
    COLOURS,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    RED,
    SOFT,
    TWO_SIDED,
    blank,
    card,
)


def _waves(length: int, width: int) -> NDArray[np.floating]:
    speeds = 10000.0 ** (-np.arange(0, width, 2) / width)
    turned = np.arange(length)[:, None] * speeds
    table: NDArray[np.floating] = np.stack([np.sin(turned), np.cos(turned)], -1)
    return table.reshape(length, width)


def lookup() -> Figure:
    """Ids choose rows of a table; a token that occurs twice takes the same row twice."""
    figure, [axes] = card(8.8, 3.2)
    blank(axes, 24, 8.8)
    table = np.random.default_rng(4).normal(size=(5, 4))
    axes.text(1.2, 0.7, "ids  [T]", va="center", ha="center")
    axes.text(10.1, 0.7, "table  [V, D]", va="center", ha="center")
    axes.text(20.2, 0.7, "vectors  [T, D]", va="center", ha="center")
    for row in range(5):
        axes.text(7.0, 2.1 + 1.3 * row, str(row), va="center", ha="right", color=SOFT)
        for column in range(4):
            value = table[row, column]
            cell = Rectangle((7.5 + 1.3 * column, 1.5 + 1.3 * row), 1.3, 1.2)
            cell.set(fc=TWO_SIDED((value + 2) / 4), ec=FAINT)
            axes.add_patch(cell)
    for place, (token, colour) in enumerate(zip((3, 0, 3), (BLUE, ORANGE, BLUE), strict=True)):
        y = 2.1 + 1.9 * place
        axes.text(1.2, y, str(token), va="center", ha="center", fontsize=13, color=colour)
        arrow = {"arrowstyle": "->", "color": colour, "lw": 1.4}
        axes.annotate("", (6.2, 2.1 + 1.3 * token), (1.9, y), arrowprops=arrow)
        axes.annotate("", (17.2, y), (13.0, 2.1 + 1.3 * token), arrowprops=arrow)
        for column in range(4):
            cell = Rectangle((17.6 + 1.3 * column, y - 0.6), 1.3, 1.2)
            cell.set(fc=TWO_SIDED((table[token, column] + 2) / 4), ec=FAINT)
            axes.add_patch(cell)
    return figure


def waves() -> Figure:
    """The table of sines and cosines, and four of its columns as curves."""
    figure, (left, right) = card(9.4, 3.3, 2, [1, 1.2])
    picture = left.imshow(_waves(64, 32), cmap=TWO_SIDED, vmin=-1, vmax=1, aspect="auto")
    left.set(title="64 positions, width 32", xlabel="column", ylabel="position")
    figure.colorbar(picture, ax=left, ticks=[-1, 0, 1], shrink=0.8).outline.set_visible(False)
    table = _waves(64, 32)
    for column, colour in ((0, BLUE), (4, ORANGE), (8, GREEN), (16, RED)):
        right.plot(table[:, column], color=colour, label=f"column {column}")
    right.set(title="further right, slower", xlabel="position", ylim=(-1.1, 1.6), yticks=[-1, 0, 1])
    right.legend(ncols=4, fontsize=8.5, loc="upper center", columnspacing=0.9, handlelength=1.2)
    return figure


def turning() -> Figure:
    """One pair (sin, cos) as a point on a circle: from any position, three further is one turn."""
    figure, (left, right) = card(8.8, 3.4, 2, [1, 1.25])
    circle = np.linspace(0, 2 * np.pi, 200)
    left.plot(np.sin(circle), np.cos(circle), color=FAINT, lw=1.2)
    speed = 0.35
    for start, colour in ((1, BLUE), (6, ORANGE)):
        points = [(np.sin(speed * t), np.cos(speed * t)) for t in (start, start + 3)]
        for (x, y), position in zip(points, (start, start + 3), strict=True):
            left.plot([0, x], [0, y], color=colour, lw=1.2)
            left.plot(x, y, "o", color=colour, ms=8)
            left.text(1.2 * x, 1.2 * y, str(position), ha="center", va="center")
        arc = np.linspace(speed * start, speed * (start + 3), 30)
        left.plot(0.5 * np.sin(arc), 0.5 * np.cos(arc), color=colour)
    left.set(
        xlim=(-1.45, 1.45), ylim=(-1.45, 1.45), aspect="equal", title="1 → 4 and 6 → 9: one turn"
    )
    left.axis("off")
    table = _waves(200, 64)
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    for start, colour, style in ((20, BLUE, "-"), (90, ORANGE, "--")):
        right.plot(range(81), (unit @ unit[start])[start : start + 81], style, color=colour)
        right.plot([], [], style, color=colour, label=f"position {start} and those after it")
    right.set(title="likeness depends on the distance alone", xlabel="distance", ylim=(0, 1.3))
    right.set_yticks([0, 0.5, 1])
    right.legend(fontsize=9.5)
    return figure


def longer() -> Figure:
    """A learned table of 8 positions made into 16: stretched, or repeated."""
    figure, sheets = card(9.2, 2.6, 3)
    learned = np.cumsum(np.random.default_rng(6).normal(size=8))
    stretched = np.interp(np.arange(16) * 7 / 15, np.arange(8), learned)
    for axes, values, title, colour in (
        (sheets[0], learned, "one column, 8 positions", INK),
        (sheets[1], stretched, "stretched to 16", COLOURS[0]),
        (sheets[2], np.tile(learned, 2), "repeated to 16", COLOURS[3]),
    ):
        axes.plot(values, "o-", color=colour, ms=5, lw=1.2)
        axes.set(title=title, xlim=(-0.7, 15.7), xticks=[0, 7, 15], yticks=[], xlabel="position")
    return figure
