"""What can be said of a text before a model has read it: its alphabet, and how predictable it is.

Letters: n characters in a context, c a character. Sources: Shannon, "Prediction and Entropy of
Printed English", 1951; the smoothing: Witten & Bell, "The zero-frequency problem", 1991.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from graders.lm.corpus import Corpus

ORDERS = range(7)


@dataclass(frozen=True)
class Order:
    """How well the n characters before it tell the next one.

    Attributes:
        n: how many characters are looked at.
        contexts: how many different ones the training text has.
        entropy: of the next character given them, in nats, as counted in the training text. It
            falls ever further where most contexts come once only: that is learning by heart.
        held_out: loss on the held-out text, in nats per character, of a model that counts up to n
            characters back (Witten-Bell). This is what a network has to beat.
    """

    n: int
    contexts: int
    entropy: float
    held_out: float


@dataclass(frozen=True)
class Stats:
    """Sizes of a corpus, its alphabet by frequency, and its entropy by order."""

    name: str
    characters: int
    train: int
    val: int
    lines: int
    words: int
    alphabet: tuple[tuple[str, int], ...]  # and how often each occurs
    unseen: str  # held-out characters that are not in the training text
    orders: tuple[Order, ...]


def measure(corpus: Corpus) -> Stats:
    """Count everything in a corpus; about a second for a megabyte."""
    train, val = corpus.train, corpus.val
    known = {*train}
    probabilities = [1 / len(known)] * len(val)  # of each held-out character; a guess to begin with
    orders = []
    for n in ORDERS:
        longer = Counter(train[i : i + n + 1] for i in range(len(train) - n))
        contexts: Counter[str] = Counter()
        kinds: Counter[str] = Counter()  # how many different characters follow a context
        for gram, count in longer.items():
            contexts[gram[:-1]] += count
            kinds[gram[:-1]] += 1
        for i in range(n, len(val)):
            before = val[i - n : i]
            if seen := contexts[before]:
                escape = kinds[before]
                counted = longer[val[i - n : i + 1]] + escape * probabilities[i]
                probabilities[i] = counted / (seen + escape)
        total = sum(longer.values())
        entropy = -sum(
            count / total * math.log(count / contexts[gram[:-1]]) for gram, count in longer.items()
        )
        scored = [math.log(p) for p, c in zip(probabilities, val, strict=True) if c in known]
        orders.append(Order(n, len(contexts), entropy, -sum(scored) / len(scored)))
    return Stats(
        corpus.name,
        len(corpus.text),
        len(train),
        len(val),
        corpus.text.count("\n") + 1,
        len(corpus.text.split()),
        (*Counter(corpus.text).most_common(),),
        "".join(sorted({*val} - known)),
        (*orders,),
    )
