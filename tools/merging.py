"""Merge two changed versions of a text, line by line, with the text that both began from.

The usual three-way merge (Khanna, Kunal, Pierce: A Formal Investigation of Diff3, 2007), on the
differences that ``difflib`` finds: it needs no git, and a learner's copy runs anywhere. Unlike
``git merge-file``, changes of neighbouring lines are no conflict: a docstring and the line below it
are changed by two people as a matter of course here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MINE, BETWEEN, THEIRS = "<<<<<<< your work", "=======", ">>>>>>> the new release"


@dataclass(frozen=True)
class Merged:
    """A merged text, and the lines (from 1) at which both versions stand in it, to choose from."""

    text: str
    conflicts: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Edit:
    """Lines ``start`` up to ``end`` of the base become ``lines``."""

    start: int
    end: int
    lines: tuple[str, ...]

    def meets(self, other: _Edit) -> bool:
        """Whether it cannot be told which of the two comes first, or both change a line."""
        if self.start == self.end == other.start == other.end:
            return True
        return max(self.start, other.start) < min(self.end, other.end) or (
            other.start < self.start == self.end < other.end
            or self.start < other.start == other.end < self.end
        )


def merge(base: str, mine: str, theirs: str) -> Merged:
    """``base`` with the changes of both. Where they meet, both stand in it, between markers.

    Line endings are those of ``mine``, and its last line has one.
    """
    if "\r\n" in mine:
        plain = merge(*(text.replace("\r\n", "\n") for text in (base, mine, theirs)))
        return Merged(plain.text.replace("\n", "\r\n"), plain.conflicts)
    lines, our_lines, other_lines = (_lines(text) for text in (base, mine, theirs))
    ours, others = _edits(lines, our_lines), _edits(lines, other_lines)
    made: list[str] = []
    conflicts = []
    done = 0  # lines of the base
    while ours or others:
        group, other_group = _next_group(ours, others)
        edits = [*group, *other_group]
        start, end = min(e.start for e in edits), max(e.end for e in edits)
        made += lines[done:start]
        left, right = (_applied(lines, start, end, some) for some in (group, other_group))
        if not other_group or left == right:
            made += left
        elif not group:
            made += right
        else:
            conflicts.append(sum(line.count("\n") for line in made) + 1)
            made += [f"{MINE}\n", *left, f"{BETWEEN}\n", *right, f"{THEIRS}\n"]
        done = end
    return Merged("".join([*made, *lines[done:]]), (*conflicts,))


def _lines(text: str) -> list[str]:
    """The lines of a text, with their ends, which the last one may lack."""
    return (text if text.endswith("\n") or not text else f"{text}\n").splitlines(keepends=True)


def _edits(lines: Sequence[str], new: Sequence[str]) -> list[_Edit]:
    changes = SequenceMatcher(None, lines, new, autojunk=False).get_opcodes()
    return [_Edit(i, j, (*new[k:m],)) for tag, i, j, k, m in changes if tag != "equal"]


def _next_group(ours: list[_Edit], others: list[_Edit]) -> tuple[list[_Edit], list[_Edit]]:
    """Take the first edit, and all that it meets, directly or through others, off the two lists."""
    sides = (ours, others)
    group: tuple[list[_Edit], list[_Edit]] = ([], [])
    first = min((s for s in (0, 1) if sides[s]), key=lambda s: (sides[s][0].start, sides[s][0].end))
    group[first].append(sides[first].pop(0))
    grown = True
    while grown:
        grown = False
        for side in (0, 1):
            while sides[side] and any(sides[side][0].meets(edit) for edit in group[1 - side]):
                group[side].append(sides[side].pop(0))
                grown = True
    return group


def _applied(lines: Sequence[str], start: int, end: int, edits: Sequence[_Edit]) -> list[str]:
    """Lines ``start`` to ``end`` with these edits made."""
    made: list[str] = []
    for edit in edits:
        made += [*lines[start : edit.start], *edit.lines]
        start = edit.end
    return [*made, *lines[start:end]]
