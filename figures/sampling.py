"""Figures of module 07, sampling."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .drawing import BLUE, COLOURS, FAINT, GREEN, INK, ORANGE, RED, SOFT, blank, card

SHARES = np.array([0.1, 0.4, 0.2, 0.3])
SURE = [0.8, 0.12, 0.03, 0.015, 0.01, 0.008, 0.007, 0.005, 0.003, 0.002]
TORN = [0.15, 0.14, 0.13, 0.12, 0.11, 0.10, 0.09, 0.08, 0.05, 0.03]
P, K = 0.9, 4


def temperature() -> Figure:
    """Four tokens at three temperatures."""
    figure, plots = card(7.0, 2.5, columns=3)
    for axes, tau in zip(plots, (0.5, 1.0, 2.0), strict=True):
        shares = SHARES ** (1 / tau) / (SHARES ** (1 / tau)).sum()
        axes.bar(range(4), shares, color=[BLUE if tau == 1 else ORANGE] * 4)
        for place, share in enumerate(shares):
            axes.text(place, share + 0.015, f"{share:.2f}", ha="center", color=INK, fontsize=10)
        entropy = -(shares * np.log(shares)).sum()
        axes.set(ylim=(0, 0.62), yticks=[], xticks=range(4), xlabel=f"entropy {entropy:.2f}")
        axes.set_title(f"temperature {tau:g}")
        axes.tick_params(length=0)
        axes.spines["left"].set_visible(False)
    return figure


def nucleus() -> Figure:
    """What top-p and top-k keep where the model is sure, and where it is not."""
    figure, plots = card(7.2, 3.0, columns=2)
    titles = ("after “Shakespea”: sure", "after “The”: torn")
    for axes, shares, title in zip(plots, (SURE, TORN), titles, strict=True):
        sums = np.cumsum(shares)
        inside = int((sums - shares < P).sum())
        axes.bar(range(10), shares, color=[BLUE if n < inside else FAINT for n in range(10)])
        axes.plot(range(10), sums, "o-", color=SOFT, lw=1.2, ms=3.5)
        axes.axhline(P, color=GREEN, ls="--", lw=1.2)
        axes.axvline(K - 0.5, color=RED, ls=":", lw=1.5)
        axes.text(K - 0.4, 0.56, f"top-k, k = {K}", color=RED, fontsize=9.5, va="center")
        axes.text(9.5, P - 0.06, f"p = {P}", color=GREEN, fontsize=9.5, ha="right", va="center")
        axes.set(ylim=(0, 1.05), yticks=[0, 0.5, 1], xticks=[], title=title)
        axes.set_xlabel(f"nucleus: {inside} of 10 tokens", color=BLUE)
    return figure


def line() -> Figure:
    """A dart thrown at the shares, laid side by side."""
    figure, (axes,) = card(6.8, 1.5)
    blank(axes, 22, 4.4)
    edge = 0.5
    for token, (share, colour) in enumerate(zip(SHARES, COLOURS, strict=False)):
        width = 21 * share
        axes.add_patch(Rectangle((edge, 1.6), width, 1.2, facecolor=colour, edgecolor="white"))
        light = colour in (ORANGE,)
        ink = INK if light else "white"
        axes.text(edge + width / 2, 2.2, f"token {token}", ha="center", va="center", color=ink)
        axes.text(edge, 3.4, f"{(edge - 0.5) / 21:.1f}", ha="center", va="center", color=SOFT)
        edge += width
    axes.text(edge, 3.4, "1.0", ha="center", va="center", color=SOFT)
    place = 0.5 + 21 * 0.62
    arrow = {"arrowstyle": "-|>", "color": INK, "lw": 1.8}
    axes.annotate("", (place, 1.7), (place, 0.3), arrowprops=arrow)
    axes.text(place + 0.4, 0.6, "0.62", va="center", color=INK)
    return figure


def batch() -> Figure:
    """Ragged prompts, padded on the left, and rows that end for themselves."""
    figure, (axes,) = card(7.2, 2.7)
    blank(axes, 17, 6.3)
    rows = (
        (["The", "king", "and", "his"], ["old", "dog", "slept", "."]),
        (["Good", "night"], ["!", "EOS", "", ""]),
        (["What", "do", "you"], ["want", "?", "EOS", ""]),
    )
    axes.text(4, 0.5, "prompts", color=SOFT, ha="center")
    axes.text(12.4, 0.5, "new tokens", color=SOFT, ha="center")
    for row, (prompt, new) in enumerate(rows):
        y = 1.1 + 1.6 * row
        padding = 4 - len(prompt)
        for column, text in enumerate([*[""] * padding, *prompt]):
            _token(axes, 2 * column, y, text, BLUE)
            if text:
                at = str(column - padding)
                axes.text(2 * column + 0.95, y + 1.15, at, color=SOFT, fontsize=8, ha="center")
        for column, text in enumerate(new):
            _token(axes, 8.4 + 2 * column, y, text, GREEN if text != "EOS" else RED)
    axes.plot([8.15, 8.15], [0.9, 5.6], color=SOFT, lw=1.2, ls=":")
    axes.text(8.15, 6.05, "all prompts end here", color=SOFT, ha="center", va="center", fontsize=10)
    return figure


def _token(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    """A token as a box; padding, where there is no text, is pale."""
    box = Rectangle(
        (x + 0.05, y), 1.8, 0.85, facecolor=colour if text else FAINT, edgecolor="white"
    )
    axes.add_patch(box)
    shown, ink = (text, "white") if text else ("pad", INK)
    axes.text(x + 0.95, y + 0.45, shown, ha="center", va="center", color=ink, fontsize=9.5)
