"""What a stripped file must be, by syntax tree: the reference without its solutions, no more."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence

from graders.course import Exercise

from .imports import needed, used_names
from .regions import Region, Scope, blocks, comments, error, first_line, last_line, parse
from .trees import LEAST_NODES, fragments


def check_symbols(
    tree: ast.Module, regions: Sequence[Region], exercises: Sequence[Exercise], path: str
) -> dict[str, Exercise]:
    """The exercises by symbol; CourseError where one is missing or has nothing to write."""
    there = {node.name: node for node in tree.body if isinstance(node, Scope)}
    for exercise in exercises:
        if exercise.symbol not in there:
            wrong = f"exercise {exercise.id} is `{exercise.symbol}`, which is not defined here"
            mend = f"define it, or mend symbol or file of {exercise.id} in course.toml"
            raise error(path, 1, wrong, mend)
        if not any(r.symbol == exercise.symbol and r.in_function for r in regions):
            wrong = f"`{exercise.symbol}` ({exercise.id}) has no solution region in a function"
            mend = "put `### BEGIN SOLUTION` and `### END SOLUTION` around what learners write"
            raise error(path, there[exercise.symbol].lineno, wrong, mend)
    return {exercise.symbol: exercise for exercise in exercises}


def check_stub_body(body: str, path: str, line: int) -> None:
    """CourseError unless the body of a stub is one ``raise`` statement."""
    mend = "mend student_template/stub_body.py.j2"
    statements = parse(body, f"the stub for {path}").body
    if len(statements) != 1 or not isinstance(statements[0], ast.Raise):
        raise error(path, line, f"the stub {body!r} is not one raise statement", mend)


def without_solutions(
    source: str, regions: Sequence[Region], bodies: Sequence[str], path: str
) -> ast.Module:
    """The tree of ``source`` with each region replaced by the tree of its stub."""
    tree = parse(source, path)
    hidden: set[str] = set()
    holders: list[ast.AST] = [tree]
    for node in holders:
        for block in blocks(node):
            kept: list[ast.stmt] = []
            last: Region | None = None
            for statement in block:
                at = next((i for i, r in enumerate(regions) if first_line(statement) in r), None)
                if at is None:
                    kept.append(statement)
                elif not bodies[at]:
                    hidden |= _defined(statement)
                elif regions[at] is not last:
                    kept += ast.parse(bodies[at]).body
                last = last if at is None else regions[at]
            if last and not kept and node is not tree:
                wrong = "nothing would be left of the block around this region"
                raise error(path, last.begin, wrong, "leave a docstring outside the region")
            block[:] = kept
            holders += kept
    public = {name for statement in tree.body for name in _defined(statement)}
    for name in sorted((hidden - public) & used_names(tree)):
        wrong = f"`{name}` is made in a solution region and used outside of one"
        line = next(n.lineno for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name)
        raise error(path, line, wrong, "move its definition, or its use")
    return tree


def _defined(statement: ast.stmt) -> set[str]:
    """Names that a statement at module level binds, nested blocks not counted."""
    if isinstance(statement, Scope):
        return {statement.name}
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = [node for target in targets for node in ast.walk(target)]
        return {node.id for node in names if isinstance(node, ast.Name)}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    return set()


def check_stub(
    source: str,
    made: str,
    regions: Sequence[Region],
    expected: ast.Module,
    unused: set[str],
    path: str,
) -> None:
    """CourseError unless ``made`` is the reference without its solutions.

    Signatures, decorators, docstrings, annotations and all other code outside regions are the same,
    each region is one ``raise`` or nothing, public comments are all there, and no solution is.
    """
    expected = copy.deepcopy(expected)
    dropped: set[int] = set()  # lines of imports that changed
    for node in [*ast.walk(expected)]:
        for block in blocks(node):
            for statement in [*block]:
                if isinstance(statement, ast.Import | ast.ImportFrom):
                    keep = needed(statement, unused)
                    if not keep:
                        dropped.update(range(statement.lineno, last_line(statement) + 1))
                        block.remove(statement)
                    statement.names = keep
    stub = parse(made, f"the stub of {path}")
    if ast.dump(stub) != ast.dump(expected):
        wrong = (
            f"the stub is not the reference without its solutions: {_difference(expected, stub)}"
        )
        raise error(path, 1, wrong, "report this, it is a fault of the release tool")
    public = [
        token.string
        for token in comments(source, path)
        if token.start[0] not in dropped and not any(token.start[0] in r for r in regions)
    ]
    if [token.string for token in comments(made, path)] != public:
        wrong = "the stub has not the same comments as the public part of the reference"
        raise error(path, 1, wrong, "move comments out of the lines of imports and markers")
    _check_nothing_survives(stub, regions, path)


def _difference(expected: ast.AST, found: ast.AST) -> str:
    pairs = zip(ast.unparse(expected).splitlines(), ast.unparse(found).splitlines(), strict=False)
    return next((f"expected `{a}`, found `{b}`" for a, b in pairs if a != b), "one is longer")


def _check_nothing_survives(stub: ast.Module, regions: Sequence[Region], path: str) -> None:
    kept = {fragment.exact: fragment for fragment in fragments(stub.body)}
    for region in regions:
        for fragment in fragments(region.statements):
            if fragment.nodes >= LEAST_NODES and fragment.exact in kept:
                where = kept[fragment.exact].line
                wrong = (
                    f"this part of a solution stands outside of it too, in line {where} of the stub"
                )
                raise error(path, fragment.line, wrong, "reword the public one")
