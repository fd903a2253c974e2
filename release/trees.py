"""Compare code by its syntax trees, whatever its names, comments, annotations and layout.

A *fragment* is a statement, an expression, or a run of small statements, with enough nodes to mean
something. Two fragments are the same code if they are equal once every name in them that is not a
builtin is replaced by its number, counted in order of appearance.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .regions import blocks

LEAST_NODES = 12  # measured on module 01, see tests/test_leaks.py
_BUILTINS = frozenset(dir(builtins)) - {"_"}
_COUNTED = (ast.expr, ast.stmt, ast.arg, ast.keyword, ast.comprehension, ast.ExceptHandler)
_SKIPPED = frozenset({"ctx", "annotation", "returns", "type_comment", "type_params", "kind"})
_NAMES = {
    ast.Name: "id",
    ast.arg: "arg",
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.ClassDef: "name",
    ast.ExceptHandler: "name",
}
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Part = object  # a node, the name of a node or of an operator, or a constant


@dataclass(frozen=True)
class Fragment:
    """A piece of code that is large enough to be recognised."""

    nodes: int
    shape: int  # hash of the code without its names: equal code, equal shape
    code: tuple[ast.AST, ...]

    @property
    def line(self) -> int:
        line: int = self.code[0].lineno  # type: ignore[attr-defined]
        return line

    @property
    def last_line(self) -> int:
        return getattr(self.code[-1], "end_lineno", None) or self.line

    @property
    def renamed(self) -> str:
        """The code with its names numbered."""
        names: dict[str, str] = {}
        return ";".join(_written(node, names) for node in self.code)

    @property
    def exact(self) -> str:
        """The code with its names."""
        return ";".join(ast.dump(node) for node in self.code)


def fragments(statements: Sequence[ast.stmt], least: int = LEAST_NODES) -> list[Fragment]:
    """All fragments in a block, those inside others too."""
    finder = _Finder(least)
    finder.block(statements)
    return finder.found


def _parts(node: ast.AST) -> Iterator[Part]:
    """What makes up a node, in a fixed order; a name that can be another comes as a _Free."""
    kind = type(node)
    if isinstance(node, ast.AnnAssign) and node.value:
        yield from ("Assign", node.target, node.value)  # whether annotated or not
        return
    yield kind.__name__
    free = _NAMES.get(kind)
    for field in kind._fields:
        if field in _SKIPPED:
            continue
        value = getattr(node, field, None)
        if field == free:
            yield value if value is None or value in _BUILTINS else _Free(value)
        elif isinstance(value, list):
            yield from _undocumented(node, value) if field == "body" else value
        elif isinstance(value, ast.operator | ast.unaryop | ast.cmpop | ast.boolop):
            yield type(value).__name__
        else:
            yield value


class _Free(str):
    """A name that may be chosen freely."""

    __slots__ = ()


def _undocumented(node: ast.AST, body: list[ast.stmt]) -> list[ast.stmt]:
    if isinstance(node, Documented) and ast.get_docstring(node, clean=False) is not None:
        return body[1:]
    return body


def _constant(value: Part) -> Part:
    return (type(value).__name__, value) if not isinstance(value, str) else value


class _Finder:
    """Looks at each node of a tree once, from the leaves up."""

    def __init__(self, least: int) -> None:
        self.least = least
        self.found: list[Fragment] = []

    def measure(self, node: ast.AST) -> tuple[int, int]:
        """Shape and number of nodes of ``node``, whose fragments are noted."""
        count = 1 if isinstance(node, _COUNTED) else 0
        shape: list[Part] = []
        measured: dict[int, tuple[int, int]] = {}
        for part in _parts(node):
            if isinstance(part, ast.AST):
                inner, nodes = measured[id(part)] = self.measure(part)
                shape.append(inner)
                count += nodes
            else:
                shape.append(None if isinstance(part, _Free) else _constant(part))
        made = hash((*shape,))
        if count >= self.least and isinstance(node, ast.expr | ast.stmt):
            self.found.append(Fragment(count, made, (node,)))
        if not isinstance(node, ast.expr):
            for block in blocks(node):
                self.runs([s for s in block if id(s) in measured], measured)
        return made, count

    def block(self, statements: Sequence[ast.stmt]) -> None:
        self.runs(statements, {id(statement): self.measure(statement) for statement in statements})

    def runs(self, block: Sequence[ast.stmt], measured: Mapping[int, tuple[int, int]]) -> None:
        """The shortest run of statements from each on that is large enough, if it takes several."""
        for start in range(len(block)):
            total = 0
            for stop in range(start, len(block)):
                total += measured[id(block[stop])][1]
                if total >= self.least:
                    if stop > start:
                        run = (*block[start : stop + 1],)
                        shape = hash(("run", *(measured[id(s)][0] for s in run)))
                        self.found.append(Fragment(total, shape, run))
                    break


def _written(node: ast.AST, names: dict[str, str]) -> str:
    texts = []
    for part in _parts(node):
        if isinstance(part, ast.AST):
            texts.append(_written(part, names))
        elif isinstance(part, _Free):
            texts.append(names.setdefault(part, f"_{len(names)}"))
        else:
            texts.append(repr(part))
    return f"({' '.join(texts)})"


def parsed(text: str) -> ast.Module | None:
    """The tree of a text, if it is Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what only looks like Python
            return ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
