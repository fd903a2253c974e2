"""The top-level statements of a cell, what each binds and uses, and which of them work needs.

Learners print, plot and train in the cells in which they write. A statement counts if functions
and classes, or what they use, are not whole without it; nothing else of a cell is ever run.
"""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from release.regions import first_line, last_line

LONGEST = 200_000  # characters of a cell
_MAGIC = re.compile(r"^(\s*)(?:[%!?].*|[\w.]+\?{1,2}\s*)$")
_ASSIGNED = re.compile(r"^(\s*[\w, ]+=\s*)[%!].*$")
_IMPORT = ast.Import | ast.ImportFrom
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | _IMPORT


class Unreadable(Exception):
    """A cell is not Python."""

    def __init__(self, wrong: str, line: int = 1, text: str = "") -> None:
        super().__init__(wrong)
        self.wrong, self.line, self.text = wrong, line, text


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement at the top of a cell."""

    node: ast.stmt
    text: str

    @property
    def is_definition(self) -> bool:
        """Whether it is there to be used: a function, a class, an import."""
        return isinstance(self.node, Definition)

    @cached_property
    def _tables(self) -> list[symtable.SymbolTable]:
        """Of the statement itself, then of all functions and classes in it."""
        tables = [symtable.symtable(self.text, "cell", "exec")]
        for table in tables:
            tables += table.get_children()
        return tables

    @cached_property
    def binds(self) -> frozenset[str]:
        """The names of the notebook that it gives a meaning to."""
        names = self._tables[0].get_symbols()
        return frozenset(n.get_name() for n in names if n.is_assigned() or n.is_imported())

    @cached_property
    def uses(self) -> frozenset[str]:
        """The names of the notebook that it reads, or that what it defines reads when it is run."""
        top, *inner = self._tables
        here = {name.get_name() for name in top.get_symbols() if name.is_referenced()}
        later = {n.get_name() for table in inner for n in table.get_symbols() if n.is_global()}
        return frozenset(here | later)

    def changes(self, variables: Collection[str], defined: Collection[str]) -> bool:
        """Whether it gives one of the variables a value, or sets or calls a part of it.

        Of what is ``defined``, functions and classes, only setting a part counts.
        """
        for node in ast.walk(self.node):
            if isinstance(node, ast.Call):
                sets = isinstance(node.func, ast.Name) and node.func.id == "setattr" and node.args
                if sets and _root(node.args[0]) in {*variables, *defined}:
                    return True
                if isinstance(node.func, ast.Attribute) and _root(node.func) in variables:
                    return True
            elif isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Store) and node.id in variables:
                    return True
            elif isinstance(node, ast.Attribute | ast.Subscript):
                is_set = not isinstance(node.ctx, ast.Load)
                if is_set and _root(node) in {*variables, *defined}:
                    return True
        return False


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def statements_of(text: str) -> list[Statement]:
    """The top-level statements of a cell; magics and shell commands are passed over.

    Raises:
        Unreadable: it is not Python.
    """
    if len(text) > LONGEST:
        raise Unreadable(f"the cell has {len(text)} characters, expected at most {LONGEST}")
    tree = _parsed(text)
    if isinstance(tree, Unreadable):
        text = "\n".join(_without_magic(line) for line in text.splitlines())
        tree = _parsed(text)
    if isinstance(tree, Unreadable):
        raise tree
    lines = text.encode().splitlines()
    found = []
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue  # the file begins with it
        own = lines[first_line(node) - 1 : last_line(node)]
        if after and first_line(after) == last_line(node):
            own[-1] = own[-1][: node.end_col_offset]  # "a = 1; b = 2"
        if first_line(node) == node.lineno:
            own[0] = own[0][node.col_offset :]
        statement = Statement(node, b"\n".join(own).decode())
        try:
            _ = statement.binds
        except (SyntaxError, RecursionError, MemoryError) as error:
            raise Unreadable(str(error), node.lineno) from None
        found.append(statement)
    return found


def _parsed(text: str) -> ast.Module | Unreadable:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        return Unreadable(error.msg, error.lineno or 1, (error.text or "").strip())
    except (ValueError, RecursionError, MemoryError, UnicodeError) as error:
        return Unreadable(str(error) or "it is nested too deeply")


def _without_magic(line: str) -> str:
    """A line of a notebook that Python alone cannot read, as one that does nothing."""
    line = _ASSIGNED.sub(r"\1None", line)
    return _MAGIC.sub(r"\1pass", line)


def needed(
    own: Sequence[Statement], others: Sequence[Statement], given: Collection[str]
) -> tuple[list[Statement], list[Statement]]:
    """The statements that the work of one file needs.

    Args:
        own: of the cells of that file.
        others: of all other cells of the notebook, where all names are shared.
        given: names that the file has anyhow.

    Returns:
        those of ``own``, and those of ``others``, each in order.
    """
    kept = [statement for statement in own if statement.is_definition]
    defined = _bound(kept)
    imported = _bound([s for s in (*own, *others) if isinstance(s.node, _IMPORT)])
    grows = True
    while grows:
        wanted = {name for statement in kept for name in statement.uses}
        before = len(kept)
        for statement in own:
            if statement not in kept and statement.changes(wanted - imported - {*given}, defined):
                kept.append(statement)
        missing = wanted - {*given} - _bound(own)
        for statement in others:
            if statement in kept:
                continue
            if statement.is_definition:
                counts = not missing.isdisjoint(statement.binds)
            else:
                counts = statement.changes(missing - imported, missing & _bound(kept))
            if counts:
                kept.append(statement)
        grows = len(kept) > before
    return [s for s in own if s in kept], [s for s in others if s in kept]


def _bound(statements: Sequence[Statement]) -> set[str]:
    return {name for statement in statements for name in statement.binds}
