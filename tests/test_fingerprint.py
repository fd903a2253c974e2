"""The name of a release: all code that decides a grade is in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from graders.fingerprint import DECIDES

from .conftest import HOUSE


def imported(text: str) -> Iterator[str]:
    """The packages that a file imports by their full names."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]


def test_graders_use_no_code_of_the_course_that_does_not_decide() -> None:
    ours = {path.parent.name for path in HOUSE.glob("*/__init__.py")}
    assert {"graders", "release", "tools"} <= ours
    for path in (HOUSE / "graders").rglob("*.py"):
        others = ours & {*imported(path.read_text(encoding="utf-8"))}
        assert others <= {*DECIDES}, f"{path} imports {others}"
