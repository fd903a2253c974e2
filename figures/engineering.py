"""Figures of module 08, engineering."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .drawing import BLUE, FAINT, GREEN, INK, ORANGE, RED, SOFT, blank, card


def log() -> Figure:
    """A log of two runs, the first of them killed, and what is read of it."""
    figure, (axes,) = card(6.8, 3.1)
    blank(axes, 16, 7.2)
    axes.text(0.2, 0.5, "in the file", color=SOFT, va="center")
    axes.text(10.2, 0.5, "what is read", color=SOFT, va="center")
    lines = (
        ("step 1", BLUE),
        ("step 2", BLUE),
        ("st", RED),
        *((f"step {n}", GREEN) for n in (2, 3, 4)),
    )
    for row, (text, colour) in enumerate(lines):
        _box(axes, 0.2, 1.1 + row, 1.2 if colour == RED else 4.2, text, colour)
    axes.text(4.8, 2.1, "first run,\nkilled in a line", color=BLUE, va="center")
    axes.text(4.8, 5.5, "second run,\nfrom step 2 on", color=GREEN, va="center")
    for row, colour in enumerate((BLUE, GREEN, GREEN, GREEN)):
        _box(axes, 10.2, 1.1 + row, 4.2, f"step {row + 1}", colour)
    return figure


def atomic() -> Figure:
    """What lies on the disk while a checkpoint is written, in place and beside."""
    figure, (axes,) = card(7.0, 2.9)
    blank(axes, 20, 7.8)
    for column in range(4):
        axes.text(7.3 + 3.5 * column, 0.5, f"moment {column + 1}", color=SOFT, ha="center")
    axes.text(0.1, 1.75, "in place", color=INK, va="center")
    axes.text(0.1, 4.35, "beside it,", color=INK, va="center")
    axes.text(0.1, 5.2, "then renamed", color=INK, va="center")
    for column, (share, colour) in enumerate(((1.0, BLUE), (0.0, RED), (0.5, RED), (1.0, GREEN))):
        _file(axes, 5.9 + 3.5 * column, 1.2, share, colour)
    beside = ((0.0, ""), (0.5, ORANGE), (1.0, ORANGE), (0.0, ""))
    for column, (share, colour) in enumerate(beside):
        last = column == 3
        _file(axes, 5.9 + 3.5 * column, 3.8, 1.0, GREEN if last else BLUE)
        if colour:
            _file(axes, 5.9 + 3.5 * column, 5.2, share, colour)
    legend = (
        ("old", BLUE),
        ("new", GREEN),
        ("lost in a crash", RED),
        ("a file to throw away", ORANGE),
    )
    for x, (text, colour) in zip((1.0, 4.2, 7.4, 13.2), legend, strict=True):
        axes.add_patch(Rectangle((x, 6.95), 0.6, 0.6, facecolor=colour))
        axes.text(x + 0.85, 7.25, text, va="center", color=INK, fontsize=10)
    return figure


def stream() -> Figure:
    """A stream of random numbers, and two ways to go on with it."""
    figure, (axes,) = card(6.8, 2.7)
    blank(axes, 20, 7.6)
    rows = (
        (0.6, "one run", range(8), 0),
        (3.4, "its state kept", range(4, 8), 4),
        (5.2, "its seed kept", range(4), 4),
    )
    for y, text, numbers, start in rows:
        axes.text(0.1, y + 0.5, text, va="center", color=INK)
        for place, number in enumerate(numbers):
            right = number == start + place
            colour = BLUE if number < 4 and not start else GREEN if right else RED
            _box(axes, 5.6 + 1.75 * (start + place), y, 1.6, f"no. {number + 1}", colour)
    axes.plot([12.52, 12.52], [0.2, 6.5], color=SOFT, ls=":", lw=1.4)
    axes.text(
        12.52, 2.5, "checkpoint", ha="center", va="center", color=SOFT, backgroundcolor="white"
    )
    axes.text(
        12.7, 6.9, "the same again, and nobody asked for it", color=RED, ha="center", va="center"
    )
    return figure


def _box(axes: Axes, x: float, y: float, width: float, text: str, colour: str) -> None:
    axes.add_patch(Rectangle((x, y), width, 0.85, facecolor=colour, edgecolor="white"))
    middle = (x + width / 2, y + 0.44)
    axes.text(*middle, text, ha="center", va="center", color="white", fontsize=9.5)


def _file(axes: Axes, x: float, y: float, share: float, colour: str) -> None:
    """A file of which a share is written."""
    axes.add_patch(
        Rectangle((x, y), 2.8, 1.1, facecolor="white", edgecolor=colour or FAINT, lw=1.5)
    )
    axes.add_patch(Rectangle((x, y), 2.8 * share, 1.1, facecolor=colour or FAINT))
