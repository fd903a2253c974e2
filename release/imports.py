"""Names that a file uses, and imports that nothing uses any more."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator

from .regions import blocks, comments, error, first_line, last_line, parse

LINE_LENGTH = 100
_Import = ast.Import | ast.ImportFrom
_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def used_names(tree: ast.AST) -> set[str]:
    """Names that are used: in code, annotations (also in quotes), ``__all__`` and doctests."""
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.Global):
            used.update(node.names)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and _is_all(node):
            used.update(_strings(node.value))
        for quoted in _quoted(node):
            used |= used_names(quoted)
    return used


def _is_all(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def _strings(node: ast.AST | None) -> Iterator[str]:
    for part in ast.walk(node) if node else ():
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _quoted(node: ast.AST) -> Iterator[ast.AST]:
    """Code inside strings: annotations in quotes, examples in docstrings."""
    texts = [
        text for name in ("annotation", "returns") for text in _strings(getattr(node, name, None))
    ]
    if isinstance(node, _Documented):
        texts += doctest_code(ast.get_docstring(node) or "")
    for text in texts:
        try:
            yield ast.parse(text.strip())
        except (SyntaxError, ValueError):
            continue


def doctest_code(text: str) -> list[str]:
    """The code of the ``>>>`` examples in a text."""
    try:
        return [example.source for example in doctest.DocTestParser().get_examples(text)]
    except ValueError:  # examples that doctest itself cannot read
        return []


def bound_name(alias: ast.alias) -> str:
    """The name that an import binds: ``torch`` for ``import torch.nn``."""
    return alias.asname or alias.name.partition(".")[0]


def needed(node: _Import, unused: set[str]) -> list[ast.alias]:
    """The parts of an import that stay when ``unused`` names go."""
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return node.names
    return [alias for alias in node.names if bound_name(alias) not in unused]


def drop_imports(source: str, unused: set[str], path: str) -> str:
    """``source`` without the imports of these names; everything else stays as it is written.

    Raises:
        CourseError: an import cannot be taken out without touching something else.
    """
    tree = parse(source, path)
    cuts: list[tuple[int, int, str]] = []
    for owner in ast.walk(tree):
        for block in blocks(owner):
            found = [s for s in block if isinstance(s, _Import) and needed(s, unused) != s.names]
            gone = [statement for statement in found if not needed(statement, unused)]
            if gone == block and owner is not tree:
                wrong = "only solutions use this import, and its block would be left empty"
                mend = "put the whole block into a solution region"
                raise error(path, gone[0].lineno, wrong, mend)
            cuts += [_rewritten(source, statement, unused, path) for statement in found]
    lines = source.splitlines(keepends=True)
    for first, last, text in sorted(cuts, reverse=True):
        if text:
            lines[first - 1 : last] = [text]
        else:
            cut(lines, first - 1, last)
    return "".join(lines)


def _rewritten(source: str, node: _Import, unused: set[str], path: str) -> tuple[int, int, str]:
    """First and last line of an import, and the text to put there instead."""
    first, last = first_line(node), last_line(node)
    lines = source.splitlines(keepends=True)
    before = lines[first - 1].encode()[: node.col_offset].decode()
    after = lines[last - 1].encode()[node.end_col_offset :].decode().rstrip("\n")
    noted = first < last and any(first <= c.start[0] <= last for c in comments(source, path))
    keep = needed(node, unused)
    if before.strip() or (after.strip() and not after.lstrip().startswith("#")):
        raise error(path, first, "this import shares its line", "give it a line of its own")
    if not keep:
        return first, last, ""
    if noted:
        wrong = "a part of this import is used by solutions only, and comments stand inside it"
        raise error(path, first, wrong, "import that part in a statement of its own")
    names = [f"{a.name} as {a.asname}" if a.asname else a.name for a in keep]
    if isinstance(node, ast.Import):
        return first, last, f"{before}import {', '.join(names)}{after}\n"
    start = f"{before}from {'.' * node.level}{node.module or ''} import "
    text = f"{start}{', '.join(names)}"
    if len(text) > LINE_LENGTH:
        text = f"{start}(\n{''.join(f'{before}    {name},{chr(10)}' for name in names)}{before})"
    return first, last, f"{text}{after}\n"


def cut(lines: list[str], start: int, stop: int) -> None:
    """Take out ``lines[start:stop]``, and leave no more blank lines there than the longer gap."""
    first, last = start, stop
    while first > 0 and not lines[first - 1].strip():
        first -= 1
    while last < len(lines) and not lines[last].strip():
        last += 1
    gap = 0 if first == 0 or last == len(lines) else max(start - first, last - stop)
    lines[first:last] = ["\n"] * gap
