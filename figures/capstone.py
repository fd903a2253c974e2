"""Figures of module 09, the capstone."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tools.lm.expected import expected_of

from .drawing import BLUE, GREEN, INK, ORANGE, RED, SOFT, blank, card

ROOT = Path(__file__).resolve().parents[1]


def losses() -> Figure:
    """Held-out losses by step, as measured, and what each height means."""
    figure, (axes,) = card(6.8, 3.4)
    expected, _ = expected_of(ROOT, "shakespeare", "shakespeare")
    steps, values = [0, *(e.step for e in expected)], [4.17, *(e.loss for e in expected)]
    axes.plot(steps, values, "o-", color=BLUE)
    heights = (
        (4.17, "no idea: every character alike", RED),
        (3.31, "how often each character comes", ORANGE),
        (2.45, "which one follows which", GREEN),
    )
    for height, text, colour in heights:
        axes.axhline(height, color=colour, ls=":", lw=1.3)
        axes.text(2000, height + 0.05, text, color=colour, ha="right", va="bottom")
    axes.text(1250, 2.05, "words, then lines", color=BLUE, ha="left", va="bottom")
    axes.set(xlabel="step", ylabel="held-out loss, nats per character", ylim=(1.4, 4.6))
    return figure


def judged() -> Figure:
    """What is handed in, and who computes what from it."""
    figure, (axes,) = card(7.0, 3.0)
    blank(axes, 20, 8.2)
    axes.text(2.9, 0.5, "you hand in", color=SOFT, ha="center")
    axes.text(10.2, 0.5, "the course's own model", color=SOFT, ha="center")
    axes.text(17.2, 0.5, "the verdict", color=SOFT, ha="center")
    rows = (("checkpoint.safetensors", BLUE), ("samples.json", GREEN), ("report.md", ORANGE))
    for row, (name, colour) in enumerate(rows):
        _box(axes, 0.1, 1.3 + 2.2 * row, 5.6, name, colour)
    _box(axes, 7.8, 1.3, 4.8, "your weights: logits", BLUE)
    for row, text in enumerate(("loss on unseen text", "chance of each letter", "figures agree")):
        _box(axes, 14.4, 1.3 + 2.2 * row, 5.5, text, rows[row][1])
    for start, end in (
        ((5.8, 1.9), (7.7, 1.9)),
        ((12.7, 1.9), (14.3, 1.9)),
        ((12.7, 2.2), (14.3, 3.8)),
        ((12.7, 2.4), (14.3, 5.8)),
        ((5.8, 4.1), (14.3, 4.1)),
        ((5.8, 6.3), (14.3, 6.3)),
    ):
        axes.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": SOFT})
    axes.text(0.1, 7.8, "none of your code runs here", color=INK, va="center")
    return figure


def _box(axes: Axes, x: float, y: float, width: float, text: str, colour: str) -> None:
    axes.add_patch(Rectangle((x, y), width, 1.2, facecolor=colour, edgecolor="white"))
    middle = (x + width / 2, y + 0.62)
    axes.text(*middle, text, ha="center", va="center", color="white", fontsize=9.5)
