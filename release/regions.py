"""Find the solution regions of a Python file.

A region is what stands between two comment lines, ``### BEGIN SOLUTION`` and ``### END SOLUTION``.
Only comments count: the same words in a string or a docstring are text like any other.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from graders.errors import CourseError

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
# "# begin solution", "###BEGIN SOLUTIONS": meant as a marker, but not one
_LIKE = re.compile(r"#[#\s:]*(begin|end|start|stop)[\s_-]*solutions?\b", re.IGNORECASE)
_TYPO = 0.85  # how alike a comment and a marker are from which on it counts as a slip of the pen
OPENS = {BEGIN: ("begin", "start"), END: ("end", "stop")}
_LAYOUT = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
)

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Region:
    """One solution region: whole statements of one block."""

    begin: int  # line of the opening marker, from 1
    end: int  # line of the closing marker
    indent: int
    statements: tuple[ast.stmt, ...] = field(compare=False, repr=False)
    scopes: tuple[Scope, ...] = field(compare=False, repr=False)  # what it is in, outermost first

    def __contains__(self, line: int) -> bool:
        return self.begin <= line <= self.end

    @property
    def symbol(self) -> str:
        """Name of the top-level function or class around the region, "" at module level."""
        return self.scopes[0].name if self.scopes else ""

    @property
    def in_function(self) -> bool:
        """Whether the region is part of what a function does, so that a stub must raise there."""
        return bool(self.scopes) and not isinstance(self.scopes[-1], ast.ClassDef)


def error(path: str, line: int, wrong: str, mend: str) -> CourseError:
    """A CourseError in the words that all complaints about a reference file have."""
    return CourseError(f"{path}, line {line}: {wrong}. To mend it: {mend}.")


def parse(source: str, path: str) -> ast.Module:
    """The syntax tree of ``source``; CourseError with file and line where it has none."""
    try:
        return ast.parse(source)
    except SyntaxError as problem:
        raise error(
            path, problem.lineno or 1, f"this is not valid Python: {problem.msg}", "mend this line"
        ) from None
    except ValueError as problem:  # a null byte
        raise error(path, 1, f"this is not Python text: {problem}", "save it as UTF-8") from None


def tokens_of(source: str, path: str) -> list[tokenize.TokenInfo]:
    """The tokens of ``source``; CourseError where it has none."""
    try:
        return [*tokenize.generate_tokens(io.StringIO(source).readline)]
    except (tokenize.TokenError, SyntaxError) as problem:
        raise error(path, 1, f"this is not valid Python: {problem}", "mend the file") from None


def comments(source: str, path: str) -> list[tokenize.TokenInfo]:
    """The comments of ``source``."""
    return [t for t in tokens_of(source, path) if t.type == tokenize.COMMENT]


def first_line(statement: ast.stmt) -> int:
    """Where a statement begins, decorators included."""
    decorators = statement.decorator_list if isinstance(statement, Scope) else []
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def last_line(statement: ast.stmt) -> int:
    """Where a statement ends."""
    return statement.end_lineno or statement.lineno


def blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements that ``node`` itself holds: body, else branch, and so on."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and block:
            yield block
    for holder in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield holder.body


def find_regions(source: str, path: str) -> list[Region]:
    """The solution regions of ``source``, in order.

    Args:
        source: Python text.
        path: what to call it in an error.

    Raises:
        CourseError: a marker is misspelt, stands alone, nests, or shares its line with code; a
            region is empty, or does not cover whole statements of one block.
    """
    tree = parse(source, path)
    tokens = tokens_of(source, path)
    code = {
        line
        for token in tokens
        if token.type not in _LAYOUT
        for line in range(token.start[0], token.end[0] + 1)
    }
    opened: tokenize.TokenInfo | None = None
    regions = []
    for token in tokens:
        if token.type != tokenize.COMMENT:
            continue
        if token.string not in (BEGIN, END):
            _refuse_near_miss(token, path)
            continue
        line = token.start[0]
        if line in code:
            wrong = f"`{token.string}` shares its line with code"
            raise error(path, line, wrong, "give the marker a line of its own")
        if token.string == BEGIN:
            if opened:
                first = f"the region that begins in line {opened.start[0]} is still open"
                raise error(path, line, f"`{BEGIN}`, but {first}", f"close it with `{END}` first")
            opened = token
        elif opened is None:
            raise error(path, line, f"`{END}`, but no region is open", f"add `{BEGIN}` above it")
        else:
            regions.append(_region(tree, opened, token, code, path))
            opened = None
    if opened:
        mend = f"add `{END}` below it"
        raise error(path, opened.start[0], f"`{BEGIN}` is never closed", mend)
    return regions


def _refuse_near_miss(token: tokenize.TokenInfo, path: str) -> None:
    text = token.string
    like = _LIKE.match(text)
    for marker in (BEGIN, END):
        alike = SequenceMatcher(None, text.upper(), marker, autojunk=False)
        slip = len(text) < 2 * len(marker) and alike.quick_ratio() > _TYPO < alike.ratio()
        if slip or (like and like[1].lower() in OPENS[marker]):
            wrong = f"{text!r} is nearly a marker; what it marks would reach learners"
            mend = f"write exactly `{marker}`, or reword the comment"
            raise error(path, token.start[0], wrong, mend)


def _region(
    tree: ast.Module,
    opening: tokenize.TokenInfo,
    closing: tokenize.TokenInfo,
    code: set[int],
    path: str,
) -> Region:
    begin, end = opening.start[0], closing.start[0]
    lines = {line for line in code if begin < line < end}
    if not lines:
        raise error(path, begin, "the region is empty", "put the solution between its markers")
    found = [*_blocks_inside(tree, begin, end, ())]
    covered = {
        line
        for inside, _ in found
        for statement in inside
        for line in range(first_line(statement), last_line(statement) + 1)
    }
    if len(found) != 1 or not lines <= covered:
        where = min(lines - covered, default=begin)
        wrong = f"the region does not cover whole statements of one block (see line {where})"
        raise error(path, begin, wrong, "move the markers around whole statements")
    inside, scopes = found[0]
    indent = inside[0].col_offset
    for marker in (opening, closing):
        if marker.start[1] != indent:
            wrong = f"the marker is indented by {marker.start[1]}, its statements by {indent}"
            raise error(path, marker.start[0], wrong, "indent both markers like the statements")
    return Region(begin, end, indent, (*inside,), (*scopes,))


def _blocks_inside(
    node: ast.AST, begin: int, end: int, scopes: Sequence[Scope]
) -> Iterator[tuple[list[ast.stmt], Sequence[Scope]]]:
    """What stands in the region whole, by the block that it is in, with the scopes around it."""
    if isinstance(node, Scope):
        scopes = (*scopes, node)
    for block in blocks(node):
        inside = [s for s in block if begin < first_line(s) and last_line(s) < end]
        if inside:
            yield inside, scopes
        for statement in block:
            if statement not in inside:
                yield from _blocks_inside(statement, begin, end, scopes)
