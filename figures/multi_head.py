"""Figures of module 02."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .drawing import BLUE, COLOURS, FAINT, GREEN, INK, ORANGE, RED, SOFT, blank, card


def wishes() -> Figure:
    """A token with two wishes: one head blends them, two heads keep them apart."""
    figure, axes = card(9.4, 2.5, 3)
    words = ["the", "dog", "that", "I", "saw", "barks"]
    subject = np.array([[0.02, 0.86, 0.04, 0.02, 0.04, 0.02]])
    around = np.array([[0.02, 0.02, 0.03, 0.03, 0.75, 0.15]])
    for sheet, values, title in (
        (axes[0], (subject + around) / 2, "one head: a blend"),
        (axes[1], subject, "head 0: who barks?"),
        (axes[2], around, "head 1: what came just before?"),
    ):
        sheet.bar(words, values[0], color=BLUE if sheet is axes[0] else ORANGE, width=0.7)
        sheet.set_title(title)
        sheet.set(ylim=(0, 1), yticks=[0, 0.5, 1])
        sheet.tick_params(axis="x", rotation=40, length=0)
    axes[0].set_ylabel("weights of “barks”")
    return figure


def slices() -> Figure:
    """Three tokens of width 6 cut into two heads, and the view that tears tokens apart."""
    figure, [axes] = card(9.6, 3.7)
    blank(axes, 27, 10.3)
    axes.text(0.4, 0.8, "x  [T, D] = [3, 6]", va="center")
    for token in range(3):
        axes.text(0.2, 2.5 + 1.2 * token, f"token {token}", va="center", color=SOFT, fontsize=9.5)
        for column in range(6):
            _cell(axes, 2.6 + 1.2 * column, 1.9 + 1.2 * token, token, column)
    axes.text(11.7, 0.8, "heads  [H, T, d_k] = [2, 3, 3]", va="center")
    for head in range(2):
        axes.text(11.7 + 4.4 * head, 6.3, f"head {head}", va="center", color=SOFT)
        for token in range(3):
            for column in range(3):
                left, top = 11.7 + 4.4 * head + 1.2 * column, 1.9 + 1.2 * token
                _cell(axes, left, top, token, 3 * head + column)
    axes.text(20.9, 0.8, "cut at once", va="center", color=RED)
    flat = [(token, column) for token in range(3) for column in range(6)]
    for place, (token, column) in enumerate(flat):
        row, inside = divmod(place, 3)
        gap = 0.5 if row >= 3 else 0.0
        _cell(axes, 20.9 + 1.2 * inside, 1.9 + 1.2 * row + gap, token, column)
    axes.text(24.8, 3.7, "“head 0”", va="center", color=SOFT)
    axes.text(24.8, 7.8, "“head 1”", va="center", color=SOFT)
    axes.text(0.4, 8.4, "colour: whose columns they are · number: which token", color=SOFT)
    return figure


def _cell(axes: Axes, left: float, top: float, token: int, column: int) -> None:
    colour = BLUE if column < 3 else ORANGE
    axes.add_patch(Rectangle((left, top), 1.2, 1.2, fc=colour, alpha=0.2 + 0.2 * token, lw=0))
    axes.add_patch(Rectangle((left, top), 1.2, 1.2, fill=False, ec=FAINT, lw=0.8))
    axes.text(left + 0.6, top + 0.6, str(token), ha="center", va="center", color=INK)


def masks() -> Figure:
    """Where the axes of a mask end up: shapes are lined up from the right."""
    figure, [axes] = card(8.6, 3.0)
    blank(axes, 24, 8.4)
    heads = ("B = 2", "H = 2", "T_q = 3", "T_k = 3")
    for place, name in enumerate(heads):
        axes.text(8.2 + 4 * place, 0.8, name, ha="center", va="center", color=SOFT)
    rows = (
        ("scores", ("B", "H", "T_q", "T_k"), INK),
        ("for all", ("", "", "T_q", "T_k"), GREEN),
        ("one per sequence, as it is", ("", "B", "T_q", "T_k"), RED),
        ("one per sequence, as meant", ("B", "", "T_q", "T_k"), GREEN),
    )
    for row, (name, sizes, colour) in enumerate(rows):
        top = 1.6 + 1.7 * row
        axes.text(0.1, top + 0.65, name, va="center", fontsize=10)
        for place, size in enumerate(sizes):
            left = 6.4 + 4 * place
            if size:
                box = Rectangle((left, top), 3.6, 1.3, fc=colour, alpha=0.13, lw=0)
                axes.add_patch(box)
            edge = Rectangle((left, top), 3.6, 1.3, fill=False, ec=FAINT, lw=0.8)
            axes.add_patch(edge)
            axes.text(left + 1.8, top + 0.65, size, ha="center", va="center", color=colour)
    return figure


def groups() -> Figure:
    """Query heads and the key heads that they ask: one each, one for a group, one for all."""
    figure, sheets = card(9.2, 2.2, 3)
    for axes, shared, title in (
        (sheets[0], 4, "multi-head: 4 key heads"),
        (sheets[1], 2, "grouped: 2 key heads"),
        (sheets[2], 1, "multi-query: 1 key head"),
    ):
        axes.set(xlim=(-0.6, 3.6), ylim=(-0.5, 1.5))
        axes.axis("off")
        axes.set_title(title)
        for head in range(4):
            group = head * shared // 4
            below = (group + 0.5) * 4 / shared - 0.5
            axes.plot([head, below], [1, 0], color=SOFT, lw=1.3, zorder=1)
            axes.plot(head, 1, "o", ms=17, color=COLOURS[group], zorder=2)
            axes.plot(below, 0, "s", ms=17, color=COLOURS[group], zorder=2)
        axes.text(-0.55, 1.32, "queries", color=SOFT, fontsize=9.5)
        axes.text(-0.55, -0.48, "keys and values", color=SOFT, fontsize=9.5)
    return figure
