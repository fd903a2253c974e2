"""Figures of module 01."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from .drawing import (
    BLUE,
    COLOURS,
    GREEN,
    INK,
    ORANGE,
    RED,
    SOFT,
    TWO_SIDED,
    blank,
    card,
    matrix,
)


def _softmax(scores: NDArray[np.floating]) -> NDArray[np.floating]:
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: NDArray[np.floating] = grown / grown.sum(axis=-1, keepdims=True)
    return shares


def lookup() -> Figure:
    """One query: scores with three keys, weights, and where the mean of the values lies."""
    figure, (left, middle, right) = card(9.2, 3.2, 3, [1, 1, 1.15])
    scores = np.array([2.0, 1.0, 0.0])
    weights = _softmax(scores)
    values = np.array([[10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    names = ["key 0", "key 1", "key 2"]
    for axes, heights, title in (
        (left, scores, "scores: how well each key fits"),
        (middle, weights, "softmax: shares of 1"),
    ):
        axes.bar(names, heights, color=COLOURS[:3], width=0.6)
        for place, height in enumerate(heights):
            axes.text(place, height, f"{height:.2f}", ha="center", va="bottom")
        axes.set_title(title)
        axes.set_ylim(0, heights.max() * 1.15)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    mean = weights @ values
    for number, (value, weight) in enumerate(zip(values, weights, strict=True)):
        right.plot(*zip(value, mean, strict=True), color=COLOURS[number], lw=1 + 7 * weight)
        right.plot(*value, "o", color=COLOURS[number], ms=11)
        away = (-14, 10) if number else (10, -16)
        right.annotate(f"value {number}", value, away, textcoords="offset points", ha="center")
    right.plot(*mean, "s", color=INK, ms=10)
    right.annotate("output", mean, (14, -14), textcoords="offset points")
    right.set(title="output: the mean, so weighted", xlim=(-2.5, 13), ylim=(-3, 13))
    right.set_xticks([0, 10])
    right.set_yticks([0, 10])
    return figure


def scaling() -> Figure:
    """Dot products spread with the width; a softmax of wide scores puts all on one key."""
    figure, (left, right) = card(9.2, 3.3, 2)
    draw = np.random.default_rng(0)
    for width, colour in ((4, BLUE), (16, ORANGE), (64, RED)):
        products = (draw.normal(size=(20000, width)) * draw.normal(size=(20000, width))).sum(-1)
        left.hist(
            products,
            bins=np.linspace(-25, 25, 101).tolist(),
            density=True,
            histtype="step",
            color=colour,
            lw=1.8,
            label=f"$d_k$ = {width}",
        )
    left.set(title="dot products of random vectors", xlabel="query · key")
    left.set_yticks([])
    left.legend()
    widths = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256])
    raw, scaled = [], []
    for width in widths:
        query, keys = draw.normal(size=(400, 1, width)), draw.normal(size=(400, 16, width))
        products = (query * keys).sum(-1)
        raw.append(_softmax(products).max(-1).mean())
        scaled.append(_softmax(products / np.sqrt(width)).max(-1).mean())
    right.plot(widths, raw, "o-", color=RED, label="not scaled")
    right.plot(widths, scaled, "o-", color=GREEN, label="divided by $\\sqrt{d_k}$")
    right.axhline(1 / 16, color=SOFT, lw=1, ls=":")
    right.text(1, 1 / 16 + 0.015, "all 16 alike", color=SOFT, va="bottom")
    right.set(title="largest of 16 weights, mean", xlabel="$d_k$", ylim=(0, 1.05))
    right.set_xscale("log", base=2)
    right.set_xticks(widths.tolist(), [str(width) for width in widths])
    right.legend(loc="upper left")
    return figure


def mask() -> Figure:
    """Scores, plus the causal mask, through the softmax: the future has weight 0."""
    figure, axes = card(9.6, 2.9, 3)
    draw = np.random.default_rng(3)
    scores = draw.normal(size=(4, 4)).round(1)
    hidden = np.where(np.triu(np.ones((4, 4)), 1) > 0, -np.inf, 0.0)
    names = ["to", "be", "or", "not"]
    with np.errstate(invalid="ignore"):
        parts = (
            (scores, "scores", TWO_SIDED, (-2.5, 2.5), 1),
            (hidden, "+ causal mask", TWO_SIDED, (-2.5, 2.5), 0),
            (_softmax(scores + hidden), "→ weights: each row adds up to 1", None, (0.0, 1.0), 2),
        )
    for sheet, (values, title, colours, limits, digits) in zip(axes, parts, strict=True):
        kind = {"colours": colours} if colours else {}
        matrix(sheet, values, rows=names, columns=names, limits=limits, digits=digits, **kind)
        sheet.set_title(title, pad=12)
    axes[0].set_ylabel("query")
    axes[0].set_xlabel("key")
    return figure


def shapes() -> Figure:
    """The whole formula as boxes whose sides are the sizes."""
    figure, [axes] = card(9.4, 2.9)
    blank(axes, 26, 7)
    t_q, t_k, d_k, d_v, top = 3.0, 5.0, 2.0, 2.6, 1.2
    middle = top + t_q / 2
    _box(axes, 0.9, top, d_k, t_q, "Q", "$d_k$", "$T_q$", BLUE)
    axes.text(3.4, middle, "·", ha="center", va="center", fontsize=20)
    _box(axes, 4.5, top, t_k, d_k, r"$K^\top$", "$T_k$", "$d_k$", ORANGE)
    axes.text(11.1, middle - 0.2, "scale, mask,\nsoftmax", ha="center", va="bottom", color=SOFT)
    axes.annotate("", (12.4, middle), (9.8, middle), arrowprops={"arrowstyle": "->"})
    _box(axes, 13.7, top, t_k, t_q, "weights", "$T_k$", "$T_q$", GREEN)
    axes.text(19.1, middle, "·", ha="center", va="center", fontsize=20)
    _box(axes, 20.1, top, d_v, t_k, "V", "$d_v$", "$T_k$", RED)
    axes.text(23.0, middle, "=  output", ha="left", va="center")
    axes.text(23.7, middle + 0.9, "$T_q × d_v$", ha="left", va="center", color=SOFT)
    return figure


def _box(
    axes: Axes,
    left: float,
    top: float,
    width: float,
    height: float,
    name: str,
    across: str,
    down: str,
    colour: str,
) -> None:
    axes.add_patch(Rectangle((left, top), width, height, fc=colour, alpha=0.18, lw=0))
    axes.add_patch(Rectangle((left, top), width, height, fill=False, ec=colour, lw=1.6))
    axes.text(left + width / 2, top + height / 2, name, ha="center", va="center")
    axes.text(left + width / 2, top - 0.15, across, ha="center", va="bottom", color=SOFT)
    axes.text(left - 0.15, top + height / 2, down, ha="right", va="center", color=SOFT)
