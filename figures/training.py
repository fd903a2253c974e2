"""Figures of module 06, training."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from .drawing import BLUE, FAINT, GREEN, INK, ORANGE, RED, SOFT, blank, card

TEXT = "to be or not to be"
KEPT = 4  # tokens for validation


def windows() -> Figure:
    """Windows of one text with two strides, and the end that is kept for validation."""
    figure, (axes,) = card(7.0, 4.4)
    blank(axes, 22, 13.8)
    for place, character in enumerate(TEXT):
        held_back = place >= len(TEXT) - KEPT
        _cell(
            axes, place, 1, FAINT if held_back else "white", "␣" if character == " " else character
        )
    axes.text(3.4 + 7, 0.5, "training", color=SOFT, ha="center")
    axes.text(3.4 + 16, 0.5, "validation", color=SOFT, ha="center")
    row = 2.6
    for stride in (4, 2):
        axes.text(0.1, row + 0.6, f"stride {stride}", color=INK, va="center")
        for start in range(0, len(TEXT) - KEPT - 4, stride):
            for place in range(start, start + 4):
                _cell(axes, place, row, BLUE, "")
            _cell(axes, start + 4, row, ORANGE, "", half=True)
            row += 1.1
        row += 0.5
    _cell(axes, 0, 12.6, BLUE, "")
    axes.text(4.7, 13.1, "read", va="center", color=INK)
    _cell(axes, 5, 12.6, ORANGE, "", half=True)
    axes.text(9.7, 13.1, "the last answer: not read, only asked for", va="center", color=INK)
    return figure


def clipping() -> Figure:
    """A gradient of two numbers, clipped by its norm and number by number."""
    figure, (axes,) = card(5.2, 3.6)
    axes.add_patch(Circle((0, 0), 1, facecolor="none", edgecolor=FAINT, lw=1.5))
    axes.add_patch(Rectangle((-1, -1), 2, 2, facecolor="none", edgecolor=FAINT, lw=1.5, ls=":"))
    axes.plot([0, 3], [0, 4], color=FAINT, lw=1, ls="--", zorder=0)
    for x, y, colour, label, side in (
        (3, 4, SOFT, "the gradient (3, 4)", (3.1, 3.8)),
        (1, 1, RED, "number by number: (1, 1)\nbent", (1.15, 0.75)),
        (0.6, 0.8, BLUE, "by the norm: (0.6, 0.8)\nshorter, nothing else", (-3.1, 1.55)),
    ):
        arrow = {"arrowstyle": "-|>", "color": colour, "lw": 2.2, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (x, y), (0, 0), arrowprops=arrow)
        axes.text(*side, label, color=colour, va="center")
    axes.set(
        xlim=(-3.3, 5.6),
        ylim=(-1.2, 4.3),
        aspect="equal",
        xticks=[0, 1, 2, 3],
        yticks=[0, 1, 2, 3, 4],
    )
    return figure


def averages() -> Figure:
    """Moving averages of a gradient that is always 1, raw and corrected."""
    figure, (axes,) = card(6.4, 2.9)
    steps = np.arange(1, 121)
    for beta, colour in ((0.9, BLUE), (0.99, ORANGE)):
        axes.plot(steps, 1 - beta**steps, color=colour, label=f"average, β = {beta}")
    axes.plot(steps, np.ones(120), color=GREEN, ls="--", label="corrected, any β")
    axes.set(xlabel="step", ylim=(0, 1.08), xlim=(0, 121), title="a gradient that is always 1")
    axes.legend(loc="lower right")
    return figure


def rates() -> Figure:
    """Warm-up to the peak at step 10 of 100, then a cosine or a line."""
    figure, (axes,) = card(6.4, 2.7)
    steps = np.arange(111)
    progress = np.clip((steps - 10) / 90, 0, 1)
    shares = {"cosine": (1 + np.cos(math.pi * progress)) / 2, "line": 1 - progress}
    for (name, share), colour in zip(shares.items(), (BLUE, ORANGE), strict=True):
        axes.plot(
            steps, np.where(steps < 10, steps / 10, 0.1 + 0.9 * share), color=colour, label=name
        )
    axes.set(
        xlabel="step", xticks=[0, 10, 55, 100], yticks=[0, 0.1, 1], xlim=(0, 110), ylim=(0, 1.05)
    )
    axes.set_yticklabels(["0", "lowest", "peak"])
    axes.grid(color=FAINT, lw=0.8)
    axes.legend()
    return figure


def means() -> Figure:
    """Ten tokens in two batches, and three numbers that somebody might call their perplexity."""
    figure, (left, right) = card(7.0, 2.7, columns=2, ratios=(1.2, 1))
    left.bar(range(8), [1.0] * 8, color=BLUE, width=0.85)
    left.bar([8.6, 9.6], [3.0] * 2, color=ORANGE, width=0.85)
    left.axhline(1.4, color=GREEN, ls="--", lw=1.5)
    left.text(0, 1.55, "mean over tokens 1.4", color=GREEN)
    left.set(xticks=[3.5, 9.1], yticks=[0, 1, 2, 3], title="loss of each token")
    left.set_xticklabels(["batch of 8", "batch of 2"])
    left.tick_params(axis="x", length=0)
    named = {
        "e to the mean over tokens": (math.exp(1.4), GREEN),
        "e to the mean of means": (math.exp(2.0), SOFT),
        "mean of perplexities": ((math.e + math.e**3) / 2, SOFT),
    }
    for row, (name, (value, colour)) in enumerate(named.items()):
        right.barh(row, value, color=colour, height=0.42)
        right.text(0, row - 0.42, name, va="center", color=INK, fontsize=10)
        right.text(value + 0.2, row, f"{value:.1f}", va="center", color=INK)
    right.set(yticks=[], xticks=[], ylim=(2.5, -0.75), xlim=(0, 13.5), title='"perplexity"')
    right.spines[["bottom", "left"]].set_visible(False)
    return figure


def _cell(axes: Axes, place: int, row: float, colour: str, text: str, half: bool = False) -> None:
    """A token of the text; ``half`` is an outline only."""
    x = 3.4 + place
    box = Rectangle((x + 0.05, row + 0.05), 0.9, 0.9, lw=1.5, edgecolor=FAINT if text else colour)
    box.set_facecolor("white" if half else colour)
    axes.add_patch(box)
    axes.text(x + 0.5, row + 0.52, text, ha="center", va="center", color=INK)
