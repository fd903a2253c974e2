"""Turn a reference file into what learners start from: solution regions become stubs.

The text is cut by markers and then checked by syntax tree, which knows nothing of the cutting.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from graders.course import Exercise

from .imports import LINE_LENGTH, cut, drop_imports, used_names
from .regions import Region, error, find_regions, parse
from .stubcheck import check_stub, check_stub_body, check_symbols, without_solutions

Stub = Callable[[Exercise], str]


def strip(source: str, path: str, exercises: Sequence[Exercise], stub: Stub) -> str:
    """The file as learners get it.

    A region inside a function becomes the stub body, at its indentation; a region at module or
    class level disappears. Imports that only solutions used go as well.

    Args:
        source: text of a reference file.
        path: what to call it in an error.
        exercises: the exercises of this file.
        stub: gives the statement that stands for the solution of an exercise.

    Raises:
        CourseError: a marker or region is broken, an exercise has no region, a region is in
            nothing that is an exercise, or the stub is not what the reference promises.
    """
    regions = find_regions(source, path)
    tree = parse(source, path)
    symbols = check_symbols(tree, regions, exercises, path)
    bodies = [_body(region, symbols, stub, path) for region in regions]
    expected = without_solutions(source, regions, bodies, path)
    unused = used_names(tree) - used_names(expected)
    lines = source.splitlines(keepends=True)
    for region, body in sorted(zip(regions, bodies, strict=True), key=lambda pair: -pair[0].begin):
        if body:
            lines[region.begin - 1 : region.end] = fitted(body, region.indent)
        else:
            cut(lines, region.begin - 1, region.end)
    made = drop_imports("".join(lines), unused, path)
    check_stub(source, made, regions, expected, unused, path)
    return made


def _body(region: Region, symbols: dict[str, Exercise], stub: Stub, path: str) -> str:
    """The stub of a region, "" where the region is to disappear."""
    if region.symbol and region.symbol not in symbols:
        wrong = f"a solution region in `{region.symbol}`, which is no exercise of course.toml"
        mend = "list it there, or put the markers around the whole of it"
        raise error(path, region.begin, wrong, mend)
    if not region.in_function:
        return ""
    body = stub(symbols[region.symbol]).strip()
    check_stub_body(body, path, region.begin)
    return body


def fitted(body: str, indent: int) -> list[str]:
    """The lines of a stub at this indentation, a long ``raise X(…)`` broken as ruff breaks it."""
    pad = " " * indent
    if "\n" not in body and len(pad + body) > LINE_LENGTH:
        node = ast.parse(body).body[0]
        call = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(call, ast.Call) and len(call.args) == 1 and not call.keywords:
            head, inner = ast.unparse(call.func), ast.get_source_segment(body, call.args[0])
            body = f"raise {head}(\n    {inner}\n)"
    return [f"{pad}{line}\n" if line.strip() else "\n" for line in body.splitlines()]
