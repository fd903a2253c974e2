"""Automatic mutants: the reference with one small thing changed, as in a slip of the pen.

The solution regions are walked as syntax trees; each mutation replaces the text of one node, so all
other lines, comments and layout stay as they are. Messages of errors, docstrings and type hints are
left alone.

The operators are the classical ones of mutation testing: DeMillo, Lipton & Sayward, "Hints on Test
Data Selection", 1978; King & Offutt, "A Fortran Language System for Mutation-Based Software
Testing", 1991.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from release.regions import find_regions

Edit = tuple[ast.AST, str]  # a node, and what stands in its place

ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.Pow: "*",
    ast.BitAnd: "|",
    ast.BitOr: "&",
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
PAIRS = ("min max", "any all", "sin cos", "triu tril", "zeros ones", "no_grad enable_grad")
SWAPPED = {a: b for pair in PAIRS for a, b in (pair.split(), pair.split()[::-1])}
ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.Tuple, ast.List)
LIBRARIES = ("torch", "math", "nn", "functional", "random", "json", "copy", "time", "re")


@dataclass(frozen=True)
class Mutant:
    """The reference with one thing changed."""

    file: str  # below the package
    symbol: str  # the top-level function or class that it is in; "" for a helper's region
    line: int
    was: str  # the changed lines, without layout and comments
    becomes: str
    text: str = field(compare=False, repr=False)  # of the whole file

    @property
    def shown(self) -> str:
        """Where it is, and the change, in three lines."""
        return f"{self.file}, line {self.line}:\n      - {self.was}\n      + {self.becomes}"


def make_mutants(file: str, source: str) -> list[Mutant]:
    """All mutants of one reference file, in its order; those that give the same text come once."""
    data = source.encode()
    starts = [0, *accumulate(len(line) for line in data.splitlines(keepends=True))]
    made: dict[str, Mutant] = {}
    for region in find_regions(source, file):
        for statement in region.statements:
            for node, text in _edits(statement):
                begin, end = _span(node, starts)
                mutated = (data[:begin] + text.encode() + data[end:]).decode()
                was = _lines(begin, end, starts, data, data[begin:end])
                becomes = _lines(begin, end, starts, data, text.encode())
                line = data.count(b"\n", 0, begin) + 1
                mutant = Mutant(file, region.symbol, line, was, becomes, mutated)
                if was != becomes and _is_python(mutated):
                    made.setdefault(mutated, mutant)
    return [*made.values()]


def _span(node: ast.AST, starts: list[int]) -> tuple[int, int]:
    """Where the text of a node begins and ends, in bytes."""
    place = {name: getattr(node, name) for name in node._attributes}
    begin = starts[place["lineno"] - 1] + place["col_offset"]
    return begin, starts[place["end_lineno"] - 1] + place["end_col_offset"]


def _lines(begin: int, end: int, starts: list[int], data: bytes, middle: bytes) -> str:
    """The lines around ``data[begin:end]`` with ``middle`` in that place, as one line of code."""
    first = max(start for start in starts if start <= begin)
    last = min(start for start in starts if start >= end)
    text = (data[first:begin] + middle + data[end:last]).decode()
    code = [re.sub(r"\s{2,}#.*", "", line) for line in text.splitlines()]
    return " ".join(" ".join(code).split())


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _edits(node: ast.AST) -> Iterator[Edit]:
    """All edits at ``node`` and below it."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom | ast.Global):
        return
    yield from _statement(node)
    yield from _expression(node)
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_docstring(child) and not _is_signed(child):
                yield from _edits(child)
            elif isinstance(child, ast.AST) and _is_signed(child):
                yield from _expression(child)  # the number below it is changed with its sign


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_signed(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.Constant)
    )


def _part(node: ast.expr) -> str:
    """The text of an expression, fit to stand inside another one."""
    text = ast.unparse(node)
    return text if isinstance(node, ATOMS) else f"({text})"


def _statement(node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.AugAssign):
        yield node, "pass"
        target, value = ast.unparse(node.target), ast.unparse(node.value)
        yield node, f"{target} = {value}"
        if type(node.op) in ARITHMETIC:
            yield node, f"{target} {ARITHMETIC[type(node.op)]}= {value}"
    elif _is_call(node) or (isinstance(node, ast.Assign) and _may_go(node)):
        yield node, "pass"
    elif isinstance(node, ast.Break):
        yield node, "continue"
    elif isinstance(node, ast.Continue):
        yield node, "break"
    elif isinstance(node, ast.If):
        yield node.test, "False"
        if not isinstance(node.body[0], ast.Raise):  # else nothing could be run at all
            yield node.test, "True"
    elif isinstance(node, ast.IfExp):
        yield node.test, "False"
        yield node.test, "True"
    elif isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield test, "True"


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def _may_go(node: ast.Assign) -> bool:
    """Whether the program still has all its names without this statement."""
    read = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
    return all(
        target.id in read if isinstance(target, ast.Name) else not isinstance(target, ast.Tuple)
        for target in node.targets
    )


def _expression(node: ast.AST) -> Iterator[Edit]:
    if isinstance(node, ast.BinOp):
        yield from _binary(node)
    elif isinstance(node, ast.Compare):
        yield from _comparison(node)
    elif isinstance(node, ast.BoolOp):
        word = " or " if isinstance(node.op, ast.And) else " and "
        operands = [_part(value) for value in node.values]
        yield node, f"({word.join(operands)})"
        same = " and " if isinstance(node.op, ast.And) else " or "
        for number in range(len(operands)):
            yield node, f"({same.join(operands[:number] + operands[number + 1 :])})"
    elif isinstance(node, ast.UnaryOp):
        yield from _unary(node)
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.Slice) and (node.lower or node.upper or node.step):
        yield node, ":"
    elif isinstance(node, ast.Attribute) and node.attr in SWAPPED:
        yield node, f"{_part(node.value)}.{SWAPPED[node.attr]}"
    elif isinstance(node, ast.Name) and node.id in SWAPPED:
        yield node, SWAPPED[node.id]


def _binary(node: ast.BinOp) -> Iterator[Edit]:
    left, right = _part(node.left), _part(node.right)
    if isinstance(node.op, ast.MatMult):
        yield node, f"({right} @ {left})"
    elif type(node.op) in ARITHMETIC:
        yield node, f"({left} {ARITHMETIC[type(node.op)]} {right})"


def _comparison(node: ast.Compare) -> Iterator[Edit]:
    for number, operator in enumerate(node.ops):
        texts = [_part(node.left)]
        for place, (op, right) in enumerate(zip(node.ops, node.comparators, strict=True)):
            other = ast.unparse(ast.Compare(ast.Name("a"), [op], [ast.Name("b")]))[2:-2]
            word = COMPARISONS[type(operator)] if place == number else other
            texts.append(f"{word} {_part(right)}")
        yield node, f"({' '.join(texts)})"


def _unary(node: ast.UnaryOp) -> Iterator[Edit]:
    if _is_signed(node):
        value = ast.literal_eval(node)
        if isinstance(value, int):
            yield node, str(value - 1)
            yield node, str(value + 1)
        else:
            yield node, repr(2 * value)
    elif not isinstance(node.op, ast.UAdd):
        yield node, _part(node.operand)


def _constant(node: ast.Constant) -> Iterator[Edit]:
    value = node.value
    if isinstance(value, bool):
        yield node, str(not value)
    elif isinstance(value, int):
        yield node, str(value + 1)
    elif isinstance(value, float):
        yield node, repr(2 * value or 1.0)
    elif isinstance(value, str):
        yield node, repr(f"not {value}")


def _call(node: ast.Call) -> Iterator[Edit]:
    """The call is left out: what it was called on, or its first argument, stands in its place."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    library = owner is None or ast.unparse(owner).partition(".")[0] in LIBRARIES
    if not library and owner is not None:
        yield node, _part(owner)
    elif node.args and not isinstance(node.args[0], ast.Starred):
        yield node, _part(node.args[0])
    for keyword in node.keywords:
        if keyword.arg:
            others = [k for k in node.keywords if k is not keyword]
            yield node, ast.unparse(ast.Call(node.func, node.args, others))
