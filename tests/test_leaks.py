"""No solution text anywhere in a copy: every way to hide some is found, and nothing else is.

The thresholds were measured on module 01. In 266,000 lines that are no solutions of
it (torch.nn, torch.optim, torch.distributed, asyncio, rich, click), code of 12 nodes or more never
matched; at 10 there were 3 matches, at 6 there were 93. Lines of 20 characters matched once
(`if query.size(-1) != key.size(-1):`, in torch), lines of 18 matched 11 times, of 16 a thousand.
"""

from __future__ import annotations

import ast
import builtins
import json
import py_compile
import textwrap
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from graders.course import Course
from release.build import build_copy, solutions_of
from release.leaks import Leak, Solution, find_leaks, solutions_in
from release.regions import find_regions

from .conftest import HOUSE
from .planted import LINE, PLANTED, REFERENCE, RENAMED, notebook, zipped

SOLUTIONS = solutions_in(REFERENCE, "attend.py")


def leaks_in(path: str, content: bytes | str) -> list[Leak]:
    data = content.encode() if isinstance(content, str) else content
    return find_leaks(SOLUTIONS, {"README.md": b"Hello.\n", path: data})


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_leak_is_found_where_it_stands(kind: str) -> None:
    path, content, line = PLANTED[kind]
    found = leaks_in(path, content)
    assert found, kind
    assert {leak.path for leak in found} == {path}
    assert line in [leak.line for leak in found], [str(leak) for leak in found]
    read = [leak for leak in found if "cannot be searched" not in leak.how]
    assert bool(read) is not kind.startswith("an unknown thing")


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.so", b"text"),
        ("a.pyd", b"text"),
        ("a.bin", bytes(range(256))),
        ("a.pt", b"text"),
        ("a.zip", b"PK\x03\x04 not a zip"),
        ("a.safetensors", b"\xff\0\0\0\0\0\0\0{}"),
        ("a.txt", b"caf\xe9"),
    ],
)
def test_a_file_that_cannot_be_searched_is_a_finding(path: str, data: bytes) -> None:
    [leak] = leaks_in(path, data)
    assert leak.path == path
    assert "cannot be searched" in str(leak)


def test_a_compiled_solution_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    made = py_compile.compile(str(tmp_path / "a.py"), cfile=str(tmp_path / "a.pyc"))
    assert made
    for path in ("graders/__pycache__/a.cpython-311.pyc", "a.dat"):
        assert leaks_in(path, Path(made).read_bytes())


def test_a_finding_says_where_it_is_where_it_comes_from_and_how_it_was_found() -> None:
    [leak] = leaks_in("notes/a.md", f"one\ntwo {LINE.strip()}\n")
    said = str(leak)
    assert said.startswith("notes/a.md, line 2: a line of a solution (from attend.py, line 6): ")
    assert said.endswith(LINE.strip())
    [leak] = leaks_in("a.ipynb", notebook(source=RENAMED))
    assert "line 1 of cell 1, source: the code of a solution (from attend.py" in str(leak)


def test_one_copied_passage_is_one_finding() -> None:
    assert len(leaks_in("a.py", f"{RENAMED}\n")) == 1
    assert len(leaks_in("a.py", f"{LINE.strip()}\n")) == 1
    helper = REFERENCE[REFERENCE.index("def _softmax") :].splitlines()[:4]
    renamed = "\n".join(helper).replace("raised", "a").replace("total", "b").replace("scores", "c")
    assert [leak.line for leak in leaks_in("a.py", f"x = 1\n{renamed}\n")] == [2]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "a.py",
            'def attend(query, key):\n    """How strongly each query looks."""\n    raise X\n',
        ),
        ("a.py", "d = query.size(-1)\nprint(d)\n"),
        ("a.py", "import math\nd = math.sqrt(width)\nx = key.transpose(-2, -1)\n"),
        ("a.md", "Multiply the queries by the keys, transposed, and divide by the root.\n"),
        ("a.ipynb", notebook(source=["import math\n", "math.sqrt(4)\n"])),
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("a.safetensors", save({"r0.0": np.arange(500.0)}, {"index": "{}"})),
        (
            "a.json",
            json.dumps({"sha": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f0"}),
        ),
        ("a.zip", zipped("a.py", "x = 1\n")),
    ],
)
def test_what_gives_nothing_away_is_no_finding(path: str, text: bytes | str) -> None:
    assert leaks_in(path, text) == []


@pytest.fixture(scope="module")
def copy(course: Course) -> dict[str, bytes]:
    return build_copy(course, course.modules, {})


@pytest.fixture(scope="module")
def solutions(course: Course) -> list[Solution]:
    return solutions_of(course, course.modules)


def test_the_real_copy_is_clean(copy: dict[str, bytes], solutions: list[Solution]) -> None:
    assert [str(leak) for leak in find_leaks(solutions, copy)] == []


def test_every_line_of_the_real_solutions_is_found_again(solutions: list[Solution]) -> None:
    files = {
        f"{solution.path}/{number}.txt": f"x\n  {text.strip()}\n".encode()
        for solution in solutions
        for number, text in solution.lines
        if len("".join(text.split())) >= 20
    }
    found = find_leaks(solutions, files)
    assert {(leak.path, leak.line) for leak in found} == {(name, 2) for name in files}


class Renamed(ast.NodeTransformer):
    """Other names for everything that is free to be named."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return node if hasattr(builtins, node.id) else ast.Name(f"my_{node.id}", node.ctx)


def test_every_real_solution_is_found_again_under_other_names(
    course: Course, solutions: list[Solution]
) -> None:
    files: dict[str, bytes] = {}
    for module in course.modules:
        for file in module.files:
            path = f"reference/{course.package}/{file}"
            for region in find_regions((HOUSE / path).read_text(encoding="utf-8"), path):
                if sum(1 for s in region.statements for _ in ast.walk(s)) < 25:
                    continue  # a line or two, too little to be told from other code
                body = ast.Module([Renamed().visit(node) for node in region.statements], [])
                text = f"def f():\n{textwrap.indent(ast.unparse(body), '    ')}\n"
                files[f"{len(files)}.py"] = text.encode()
    found = find_leaks(solutions, files)
    assert {leak.path for leak in found if leak.how == "the code of a solution"} == {*files}
    assert len(files) > 100
