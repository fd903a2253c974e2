"""How varied texts are: the figures by which ways of sampling are compared.

Sources: distinct-n: Li et al., "A Diversity-Promoting Objective Function for Neural Conversation
Models", 2016, section 5.1, https://arxiv.org/abs/1510.03055; repetition (seq-rep-n): Welleck et al.,
"Neural Text Generation with Unlikelihood Training", 2020, section 6, https://arxiv.org/abs/1908.04319;
self-overlap, the modified precision of BLEU against the other texts: Papineni et al., 2002, section
2.1, https://aclanthology.org/P02-1040, used as in Zhu et al., "Texygen", 2018,
https://arxiv.org/abs/1802.01886; entropy: Shannon, "A Mathematical Theory of Communication", 1948.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

LENGTH = 2  # words of the groups that repetition and self-overlap look for
Grams = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class Diversity:
    """Figures of several texts, each a list of words; None where the texts are too short for it."""

    distinct_1: float | None  # different words, as a share of all words of all texts
    distinct_2: float | None  # the same of pairs
    distinct_3: float | None  # and of threes
    repetition: float | None  # share of a text's pairs that it has said before; mean of the texts
    entropy: float | None  # of the words of all texts, in bits per word
    self_overlap: float | None  # share of a text's pairs that another text has too; mean


def diversity(texts: Sequence[Sequence[str]]) -> Diversity:
    """Measure ``texts``: high is varied in the first three and in entropy, low in the other two."""
    words = [gram for text in texts for gram in _grams(text, 1).elements()]
    groups = [_grams(text, LENGTH) for text in texts]
    return Diversity(
        _distinct(texts, 1),
        _distinct(texts, 2),
        _distinct(texts, 3),
        repetition=_mean([1 - len(group) / group.total() for group in groups if group]),
        entropy=_entropy(Counter(words)) if words else None,
        self_overlap=_mean(
            [
                _overlap(group, groups[:i] + groups[i + 1 :])
                for i, group in enumerate(groups)
                if group
            ]
        )
        if len(texts) > 1
        else None,
    )


def _grams(words: Sequence[str], length: int) -> Grams:
    return Counter(tuple(words[i : i + length]) for i in range(len(words) - length + 1))


def _distinct(texts: Sequence[Sequence[str]], length: int) -> float | None:
    grams: Grams = sum((_grams(text, length) for text in texts), Counter())
    return len(grams) / grams.total() if grams else None


def _entropy(counts: Grams) -> float:
    total = counts.total()
    return -sum(n / total * math.log2(n / total) for n in counts.values()) + 0.0  # no -0.0


def _overlap(group: Grams, others: Sequence[Grams]) -> float:
    """Of a text's groups, the share that others have, each at most as often as one of them has it."""
    clipped = {gram: min(n, max(o[gram] for o in others)) for gram, n in group.items()}
    return sum(clipped.values()) / group.total()


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
