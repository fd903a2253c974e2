"""Figures of module 03."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from .drawing import BLUE, GREEN, INK, ORANGE, RED, SOFT, blank, card


def bends() -> Figure:
    """ReLU, GELU and SiLU, and the share of x that GELU lets through."""
    figure, (left, right) = card(8.8, 3.1, 2)
    x = np.linspace(-4, 4, 321)
    share = np.array([(1 + math.erf(value / math.sqrt(2))) / 2 for value in x])
    left.plot(x, np.maximum(x, 0), color=SOFT, label="ReLU")
    left.plot(x, x * share, color=BLUE, label="GELU")
    left.plot(x, x / (1 + np.exp(-x)), color=ORANGE, ls="--", label="SiLU")
    left.set(title="three bends", xlabel="x", ylim=(-0.6, 4))
    left.legend()
    right.plot(x, share, color=BLUE, label="GELU: chance that a normal number is below x")
    right.plot(x, (x > 0).astype(float), color=SOFT, label="ReLU: all or nothing")
    right.set(
        title="the share of x that passes", xlabel="x", ylim=(-0.05, 1.35), yticks=[0, 0.5, 1]
    )
    right.legend(loc="upper left", fontsize=9.5)
    return figure


def norm() -> Figure:
    """Three tokens before and after layer norm: each by its own mean and spread."""
    figure, (left, right) = card(8.8, 2.9, 2)
    tokens = np.array([[2.0, 4, 4, 6], [0.2, 0.1, 0.4, 0.3], [-3.0, 5, 1, -3]])
    normed = tokens - tokens.mean(-1, keepdims=True)
    normed = normed / np.sqrt((normed**2).mean(-1, keepdims=True))
    for axes, values, title in ((left, tokens, "before"), (right, normed, "after")):
        for row, colour in zip(range(3), (BLUE, ORANGE, GREEN), strict=True):
            place = np.arange(4) + (row - 1) * 0.25
            axes.bar(place, values[row], width=0.23, color=colour, label=f"token {row}")
        axes.axhline(0, color=SOFT, lw=0.8)
        axes.set(title=title, xlabel="feature", xticks=range(4))
    right.legend(fontsize=9.5, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.02))
    right.set_ylim(-2.2, 2.6)
    return figure


def blocks() -> Figure:
    """Norms before the sublayers and the stream untouched; norms after the sums, on the stream."""
    figure, (left, right) = card(9.4, 4.0, 2)
    for axes, title in (
        (left, "pre-norm: nothing lies on the stream"),
        (right, "post-norm: every sum is normalised"),
    ):
        blank(axes, 12, 10.4)
        axes.set_title(title)
        axes.plot([2.5, 2.5], [10.0, 0.5], color=INK, lw=2.6, zorder=1)
        axes.annotate("", (2.5, 0.1), (2.5, 0.9), arrowprops={"arrowstyle": "->", "lw": 2.2})
        axes.text(2.5, 10.3, "x", ha="center", va="center")
    for name, bottom, number in (("attention", 9.2, 1), ("feed-forward", 4.6, 2)):
        _branch(left, bottom, bottom - 3.3)
        _part(left, 5.9, bottom - 0.9, f"norm{number}", ORANGE)
        _part(left, 5.9, bottom - 2.4, name, BLUE)
        _branch(right, bottom, bottom - 2.2)
        _part(right, 5.9, bottom - 1.1, name, BLUE)
        _part(right, 2.5, bottom - 3.2, f"norm{number}", ORANGE)
    return figure


def _branch(axes: Axes, start: float, end: float) -> None:
    """A way from the stream at height ``start`` through a part, and back into a sum at ``end``."""
    axes.plot([2.5, 5.9, 5.9, 3.0], [start, start, end, end], color=SOFT, lw=1.4, zorder=1)
    axes.plot(2.5, end, "o", ms=15, color="white", mec=INK, mew=1.4, zorder=3)
    axes.text(2.5, end, "+", ha="center", va="center", zorder=4)


def _part(axes: Axes, x: float, y: float, name: str, colour: str) -> None:
    style = "round,pad=0,rounding_size=0.25"
    box = FancyBboxPatch(
        (x - 1.9, y - 0.5), 3.8, 1.0, boxstyle=style, fc="white", ec=colour, lw=1.6, zorder=3
    )
    axes.add_patch(box)
    axes.text(x, y, name, ha="center", va="center", zorder=4)


def depth() -> Figure:
    """The gradient at each depth of 24 small random layers, with and without the stream."""
    figure, [axes] = card(6.6, 3.0)
    draw = np.random.default_rng(0)
    weights = draw.normal(size=(24, 32, 32)) * 0.5 / np.sqrt(32)
    for residual, colour, name in ((True, GREEN, "x + f(x)"), (False, RED, "f(x) alone")):
        gradient, lengths = draw.normal(size=32), []
        for weight in weights[::-1]:
            lengths.append(np.linalg.norm(gradient))
            gradient = weight.T @ gradient + (gradient if residual else 0)
        axes.semilogy(range(24, 0, -1), lengths, "o-", ms=4, color=colour, label=name)
    axes.set(xlabel="layer", title="length of the gradient on its way back from layer 24")
    axes.invert_xaxis()
    axes.legend()
    return figure
