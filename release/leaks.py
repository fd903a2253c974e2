"""Find solution text anywhere in a tree of files, however it is written down.

Lines are compared without layout, code by its syntax trees, and what cannot be read is a finding.
"""

from __future__ import annotations

import ast
import html
import json
import re
import textwrap
import tokenize
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from graders.toml import tomllib

from .regions import find_regions, tokens_of
from .texts import Opaque, Text, strings, texts_in
from .trees import Fragment, fragments, parsed

LEAST_CHARACTERS = 20  # of a line without layout and comment, from which on it means something
HEAD = 12  # characters by which lines are looked up
_LAYOUT = re.compile(r"[\s\"'\\,()`]+")  # what may change when code is wrapped, quoted or escaped
_PREFIX = re.compile(r"^\s*(?:>>>|\.\.\.|>|#+|//|\*)\s?")  # of examples, quotes and comments
_COMMENT = re.compile(r"#.*")
_MARKER = re.compile(r"#\s*(?:begin|end)\s+solution", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)")
_FENCE = re.compile(r"^[ >]*(```+|~~~+)[^\n]*\n(.*?)^[ >]*\1", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(r"(?:^[ \t>#]*(?:>>>|\.\.\.)(?: [^\n]*)?(?:\n|\Z))+", re.MULTILINE)
_EXAMPLE_PREFIX = re.compile(r"^[ \t>#]*?(?:>>>|\.\.\.) ?", re.MULTILINE)
_MAGIC = re.compile(r"^[%!].*", re.MULTILINE)  # of notebooks
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True)
class Solution:
    """What stands in one solution region of the reference."""

    path: str
    lines: tuple[tuple[int, str], ...]  # number and text, comments left away
    statements: tuple[ast.stmt, ...]


@dataclass(frozen=True)
class Leak:
    """Something of a solution in a file that learners get."""

    path: str
    place: str  # in the file, where that is not all of it: "cell 2, outputs"
    line: int
    source: str  # file of the reference, "" where it is not one line of it
    source_line: int
    how: str
    excerpt: str

    def __str__(self) -> str:
        where = f"{self.path}, line {self.line}" + (f" of {self.place}" if self.place else "")
        origin = f" (from {self.source}, line {self.source_line})" if self.source else ""
        return f"{where}: {self.how}{origin}: {self.excerpt}"


def solutions_in(source: str, path: str) -> list[Solution]:
    """The solutions of one reference file."""
    regions = find_regions(source, path)
    texts = dict(enumerate(source.splitlines(), start=1))
    spans: list[tuple[int, int]] = []  # statements over several lines
    start = 0
    for token in tokens_of(source, path):
        row, column = token.start
        if token.type == tokenize.COMMENT:
            before = texts[row][:column]
            texts[row] = before if before.strip() else token.string.lstrip("# ")
        elif token.type == tokenize.NEWLINE:
            if start < row:
                spans.append((start, row))
            start = 0
        elif token.string.strip() and not start:
            start = row
    found = []
    for region in regions:
        inside = range(region.begin + 1, region.end)
        lines = [(line, texts[line]) for line in inside]
        for first, last in spans:
            if first in inside:
                lines.append((first, " ".join(texts[n] for n in range(first, last + 1))))
        found.append(Solution(path, (*lines,), region.statements))
    return found


def find_leaks(solutions: Iterable[Solution], files: Mapping[str, bytes]) -> list[Leak]:
    """Everything in ``files`` that is part of a solution, or that cannot be searched.

    Args:
        solutions: what must not be there, from ``solutions_in``.
        files: path -> content.
    """
    search = _Search(solutions)
    return [leak for path in sorted(files) for leak in search.file(path, files[path])]


def squeeze(text: str) -> str:
    """``text`` without anything that may change when it is wrapped, quoted or escaped."""
    return _LAYOUT.sub("", text)


@dataclass(frozen=True)
class _Line:
    """A line of a solution that is long enough to be recognised."""

    squeezed: str
    path: str
    line: int
    text: str


class _Search:
    """The solutions, arranged so that each file is read once."""

    def __init__(self, solutions: Iterable[Solution]) -> None:
        self.lines: dict[str, list[_Line]] = {}
        self.shapes: dict[int, dict[str, tuple[Solution, Fragment]]] = {}
        for solution in solutions:
            for number, text in solution.lines:
                line = _Line(squeeze(text), solution.path, number, text.strip())
                normal = "".join(text.split())
                if len(normal) >= LEAST_CHARACTERS and len(line.squeezed) >= HEAD:
                    self.lines.setdefault(line.squeezed[:HEAD], []).append(line)
            for fragment in fragments(solution.statements):
                same_shape = self.shapes.setdefault(fragment.shape, {})
                same_shape.setdefault(fragment.renamed, (solution, fragment))

    def file(self, path: str, data: bytes) -> list[Leak]:
        """The leaks in one file."""
        leaks: list[Leak] = []
        for part in (Text("its name", path), *texts_in(path, data)):
            if isinstance(part, Opaque):
                why = f"{part.why}, which cannot be searched"
                leaks.append(Leak(path, part.place, 1, "", 0, why, "leave it out"))
                continue
            found = {leak.line: leak for leak in self.trees(path, part)}
            found.update((leak.line, leak) for leak in self.text(path, part))
            leaks += sorted(found.values(), key=lambda leak: leak.line)
        return leaks

    def text(self, path: str, part: Text) -> Iterator[Leak]:
        """Lines of solutions, and markers, in a text."""
        rows = part.text.split("\n")
        longest: dict[int, _Line] = {}
        for form in _forms(part.text):
            pieces = [squeeze(form(row)) for row in rows]
            starts = [*accumulate(map(len, pieces), initial=0)]
            squeezed = "".join(pieces)
            for at in range(len(squeezed) - HEAD + 1):
                for line in self.lines.get(squeezed[at : at + HEAD], ()):
                    if squeezed.startswith(line.squeezed, at):
                        row = bisect_right(starts, at)
                        if row not in longest or len(longest[row].squeezed) < len(line.squeezed):
                            longest[row] = line
        for row, line in longest.items():
            how = "a line of a solution"
            yield Leak(path, part.place, row, line.path, line.line, how, line.text)
        for row, text in enumerate(rows, start=1):
            if _MARKER.search(text):
                excerpt = text.strip()[:80]
                yield Leak(path, part.place, row, "", 0, "a solution marker", excerpt)

    def trees(self, path: str, part: Text) -> Iterator[Leak]:
        """Code of solutions in code, whatever the names in it; only the largest pieces."""
        for piece in code_in(path, part):
            tree = parsed(piece.text)
            last = 0
            found = [f for f in fragments(tree.body if tree else ()) if f.shape in self.shapes]
            for fragment in sorted(found, key=lambda f: (f.line, -f.last_line, -f.nodes)):
                match = self.shapes[fragment.shape].get(fragment.renamed)
                if match and fragment.last_line > last:
                    last = fragment.last_line
                    solution, original = match
                    excerpt = ast.unparse(fragment.code[0]).splitlines()[0]
                    line = piece.line + (fragment.line - 1 if piece.spread else 0)
                    how = "the code of a solution"
                    yield Leak(path, part.place, line, solution.path, original.line, how, excerpt)


def _forms(text: str) -> Iterator[Callable[[str], str]]:
    """Ways to read a line of ``text``: as it is, unescaped once or twice, without comments."""
    ways: list[Callable[[str], str]] = [lambda row: row]
    if "\\" in text:
        ways += [_unescape, lambda row: _unescape(_unescape(row))]
    if "&" in text:
        ways.append(html.unescape)
    for way in ways:
        yield lambda row, way=way: _PREFIX.sub("", way(row))  # type: ignore[misc]
        if "#" in text:
            yield lambda row, way=way: _COMMENT.sub("", way(row))  # type: ignore[misc]


def _unescape(row: str) -> str:
    return _ESCAPE.sub(_unescaped, row)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPED.get(code, code)


@dataclass(frozen=True)
class Piece:
    """Text that may be Python, and where in a larger text it stands."""

    line: int
    text: str
    spread: bool = True  # over as many lines there; an escaped string is not


def code_in(path: str, part: Text) -> Iterator[Piece]:
    """What may be Python in a text: all of it, strings, fenced blocks, examples."""
    text = part.text

    def line_at(place: int) -> int:
        return text.count("\n", 0, place) + 1

    if part.code:
        plain = _MAGIC.sub("", text)
        yield Piece(1, plain)
        tree = parsed(plain)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                spread = node.lineno != node.end_lineno
                yield Piece(node.lineno, textwrap.dedent(node.value), spread)
    elif path.endswith((".json", ".toml")):
        for leaf in _leaves(path, text):
            first = max(text.find(leaf.partition("\n")[0]), 0)
            yield Piece(line_at(first), textwrap.dedent(leaf), leaf in text)
    for match in _FENCE.finditer(text):
        yield Piece(line_at(match.start(2)), textwrap.dedent(match[2]))
    for match in _EXAMPLE.finditer(text):
        yield Piece(line_at(match.start()), _EXAMPLE_PREFIX.sub("", match[0]))


def _leaves(path: str, text: str) -> Iterator[str]:
    try:
        return strings(json.loads(text) if path.endswith(".json") else tomllib.loads(text))
    except (ValueError, RecursionError):
        return iter(())
