"""The top-level statements of a cell, what each binds and uses, and which of them work needs.

Learners print, plot and train in the cells in which they write. A statement counts if functions
and classes, or what they use, are not whole without it; nothing else of a cell is ever run.
"""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from release.regions import first_line, last_line

LONGEST = 60_000  # characters of a cell: tables of names take a time that grows with their square
MOST = 2_000  # statements of a cell
_MAGIC = re.compile(r"^(\s*)(?:[%!?].*|[\w.]+\?{1,2}\s*)$")
_ASSIGNED = re.compile(r"^(\s*\w[\w, ]*=\s*)[%!].*$")
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

    @cached_property
    def sets(self) -> frozenset[str]:
        """The names of which it sets a part: an attribute or an item."""
        found = set()
        for node in ast.walk(self.node):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Name) and node.func.id == "setattr" and node.args:
                    found.add(_root(node.args[0]))
            elif isinstance(node, ast.Attribute | ast.Subscript) and (
                not isinstance(node.ctx, ast.Load)
            ):
                found.add(_root(node))
        return frozenset(found - {""})

    @cached_property
    def changes(self) -> frozenset[str]:
        """The names to which, if they are variables, it gives a value, or sets or calls a part."""
        found = {*self.sets}
        for node in ast.walk(self.node):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                found.add(_root(node.func))
        return frozenset(found - {""})


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
    if len(tree.body) > MOST:
        raise Unreadable(f"the cell has {len(tree.body)} statements, expected at most {MOST}")
    lines = text.encode().splitlines()
    found = []
    for node, after in zip_longest(tree.body, tree.body[1:]):
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
    need = _Need(own, others, given)
    return [s for s in own if s in need.kept], [s for s in others if s in need.kept]


class _Need:
    """What is kept: own definitions, and with each statement what gives its names a meaning.

    Each statement is taken up once, however long the way to it is: who writes it may not be kind.
    """

    def __init__(
        self, own: Sequence[Statement], others: Sequence[Statement], given: Collection[str]
    ) -> None:
        self.kept: set[Statement] = set()
        self._wanted: set[str] = set()
        self._bound: set[str] = set()
        self._waiting = [statement for statement in own if statement.is_definition]
        defined = _bound(self._waiting)
        imported = _bound([s for s in (*own, *others) if isinstance(s.node, _IMPORT)])
        here = {*given, *_bound(own)}
        # by a name: the statements that count if it is wanted; if it is wanted and bound
        self._if_wanted: dict[str, list[Statement]] = defaultdict(list)
        self._if_bound: dict[str, list[Statement]] = defaultdict(list)
        for statement in own:
            if not defined.isdisjoint(statement.sets):
                self._waiting.append(statement)
            for name in statement.changes - imported - {*given}:
                self._if_wanted[name].append(statement)
        for statement in others:
            names = statement.binds if statement.is_definition else statement.changes - imported
            for name in names - here:
                self._if_wanted[name].append(statement)
            if not statement.is_definition:
                for name in statement.sets - here:
                    self._if_bound[name].append(statement)
        self._take_up()

    def _take_up(self) -> None:
        while self._waiting:
            statement = self._waiting.pop()
            if statement in self.kept:
                continue
            self.kept.add(statement)
            new = statement.uses - self._wanted
            self._wanted |= new
            self._bound |= statement.binds
            for name in new:
                self._waiting += self._if_wanted.get(name, ())
            for name in (new | statement.binds) & self._wanted & self._bound:
                self._waiting += self._if_bound.get(name, ())


def _bound(statements: Sequence[Statement]) -> set[str]:
    return {name for statement in statements for name in statement.binds}
