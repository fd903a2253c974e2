"""What a corpus looks like in a terminal."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from graders.lm.corpus import load_corpus
from graders.manifest import find_course

from .textstats import Stats, measure


def show_stats(name: str, val_fraction: float, as_json: bool) -> None:
    """Print the figures of a corpus, for people or as JSON. CourseError as ``load_corpus``."""
    stats = measure(load_corpus(find_course().root, name, val_fraction))
    if as_json:
        print(json.dumps(asdict(stats), ensure_ascii=False, indent=1))
    else:
        _show(stats, Console())


def _show(stats: Stats, console: Console) -> None:
    sizes = f"{stats.characters:,} characters, {stats.words:,} words, {stats.lines:,} lines"
    console.print(Text(f"{stats.name}: {sizes}", style="bold"))
    console.print(f"training {stats.train:,}, held out {stats.val:,} (the end of the text)")
    if stats.unseen:
        console.print(Text(f"held out, and not in training: {_visible(stats.unseen)}", style="red"))
    alphabet = "".join(character for character, _ in stats.alphabet)
    console.print(
        Text(f"\nvocabulary: {len(alphabet)}, by frequency: "), Text(_visible(alphabet)), sep=""
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("looking back", "contexts", "entropy, bits", "nats", "held-out loss, nats"):
        table.add_column(head, justify="right")
    for order in stats.orders:
        table.add_row(
            str(order.n),
            f"{order.contexts:,}",
            f"{order.entropy / math.log(2):.3f}",
            f"{order.entropy:.3f}",
            f"{order.held_out:.3f}",
        )
    console.print()
    console.print(table)
    console.print(
        Text(
            "\nEntropy: of the next character, given those before it, counted in the training text. "
            "Held-out loss: of a model that only counts; a network has to beat the least of these.",
            style="dim",
        )
    )


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
