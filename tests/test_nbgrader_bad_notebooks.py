"""Notebooks made to harm whoever reads them: no endless loop, no crash, and a word on each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from graders.course import Course
from graders.errors import CourseError
from tools.nbgrader import notebook as reading
from tools.nbgrader.cells import solution_id
from tools.nbgrader.notebook import parse_notebook
from tools.nbgrader.statements import LONGEST, Unreadable, needed, statements_of

from .archives import as_folder
from .small_notebooks import NAME, WORK, cell, notebook, practice, read, refusal, with_work

LONG = LONGEST - 100
ODD: list[Any] = [None, True, 1, 1.5, "x", [], {}, [[]], {"a": {}}, "\ud800", float("nan")]
PARTS = ("cell_type", "source", "metadata", "attachments", "outputs", "id")


@contextmanager
def soon() -> Iterator[None]:
    """It takes seconds; what this is for took hours."""
    started = time.process_time()
    yield
    assert time.process_time() - started < 20


@pytest.mark.parametrize("text", ["", "\n\n", "# later", "%matplotlib inline", "!ls", "?"])
def test_cell_without_a_statement_is_nothing(text: str, course: Course, tmp_path: Path) -> None:
    """Jupyter leaves an empty cell at the end of nearly each notebook."""
    work = with_work(cell(text), cell(text, solution_id("01.2")), cell(text, "mine"))
    made = read(course, as_folder(tmp_path / "ada", {NAME: work}))
    assert "return 'mine'" in practice(made)


def test_long_chain_of_helpers_is_followed_at_once() -> None:
    chain = "\n".join(f"def f{n}(): return f{n + 1}()" for n in range(1, 1900))
    own = statements_of("def f0(): return f1()")
    with soon():
        assert len(needed(own, statements_of(chain), ())[1]) == 1899


@pytest.mark.parametrize(
    "line", [" " * LONG + "(", "a " * (LONG // 2) + "(", "a." * (LONG // 2) + "(", "%" * LONG]
)
def test_long_line_that_is_no_python_is_seen_at_once(line: str) -> None:
    with soon(), pytest.raises(Unreadable):
        statements_of(f"{line}\n(")


def test_assigned_commands_of_a_shell_are_passed_over() -> None:
    text = "files = !ls\nfirst, rest = %timeit -o f()\n x = %env" + "\nf(\n1)"
    assert [s.text for s in statements_of(text.replace("\n x", "\nx"))] == [
        *("files = None", "first, rest = None", "x = None", "f(\n1)")
    ]


def test_more_statements_than_anybody_writes_cost_their_own_exercise(
    course: Course, tmp_path: Path
) -> None:
    many = cell("a;" * 3000, solution_id("01.2"))
    made = read(course, as_folder(tmp_path / "mallory", {NAME: with_work(many)}))
    assert "return 'mine'" in practice(made)
    assert "the cell has 3000 statements, expected at most 2000" in practice(made)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (notebook(*[cell("")] * 2001), "has 2,001 cells, expected at most 2,000"),
        (notebook(*[cell("x" * 101_000, kind="raw")] * 10), "has 1,010,000 characters in its"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"cells": [{"cell_type": "code", "source": ["a", 1]}]}', "cell 1 is not as Jupyter"),
        (b'{"cells": [{"cell_type": ["code"], "source": ""}]}', "cell 1 is not as Jupyter"),
        (b'{"cells": {"0": {}}}', "holds no list of cells"),
        (b'{"nbformat": 3, "worksheets": []}', "version 3 of the format of notebooks, expected 4"),
        (b'{"nbformat": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b"", "is not JSON"),
        (b"\xff\xfe{}", "is not UTF-8 text"),
    ],
    ids=lambda value: value[:20].decode(errors="replace") if isinstance(value, bytes) else "",
)
def test_what_is_no_notebook_is_said_so(
    content: bytes, words: str, course: Course, tmp_path: Path
) -> None:
    said = refusal(course, as_folder(tmp_path / "mallory", {NAME: content}), [words])
    assert said.startswith(NAME)
    assert said.endswith("and hand in again.")


@pytest.mark.parametrize("grade_id", [None, 1, [], {}, "\ud800", "x" * 100_000])
def test_ids_of_another_kind_are_as_if_missing(
    grade_id: Any, course: Course, tmp_path: Path
) -> None:
    """The cell is found by what it defines."""
    odd = cell(WORK) | {"metadata": {"nbgrader": {"grade_id": grade_id}}}
    made = read(course, as_folder(tmp_path / "mallory", {NAME: notebook(odd)}))
    assert "return 'mine'" in practice(made)


@pytest.mark.parametrize("metadata", [None, 1, [], {"nbgrader": None}, {"nbgrader": [1]}])
def test_metadata_of_another_kind_are_as_if_missing(
    metadata: Any, course: Course, tmp_path: Path
) -> None:
    odd = cell(WORK) | {"metadata": metadata}
    made = read(course, as_folder(tmp_path / "mallory", {NAME: notebook(odd)}))
    assert "return 'mine'" in practice(made)


def test_of_attachments_only_pictures_stay() -> None:
    """They are shown in formgrader, where a script would be the grader's."""
    attachments = {
        "right.png": {"image/png": "aGVsbG8=\n"},
        "script.html": {"text/html": "aGVsbG8="},
        "quote.png": {'image/png" onerror="alert(1)': "aGVsbG8="},
        "data.png": {"image/png": '" onerror="alert(1)'},
        "list.png": ["image/png"],
        "number.png": {"image/png": 5},
    }
    cells = [cell("", kind=kind, attachments=attachments) for kind in ("markdown", "code", "raw")]
    cells += [cell("", kind="markdown", attachments=5)]
    found = [one.attachments for one in parse_notebook(NAME, notebook(*cells))]
    assert found == [{"right.png": {"image/png": "aGVsbG8=\n"}}, None, None, None]


def test_large_outputs_are_no_reason_to_refuse_work(course: Course, tmp_path: Path) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": '"x", ' * 300_000}
    work = with_work(cell("1", outputs=[output] * 3))
    made = read(course, as_folder(tmp_path / "ada", {NAME: work}))
    assert "return 'mine'" in practice(made)


def test_size_is_looked_at_before_the_notebook_is_read(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST", 1 << 20)
    folder = as_folder(tmp_path / "mallory", {NAME: b""})
    with (folder / NAME).open("r+b") as file:
        file.truncate(1 << 40)  # empty: none of it is on the disk
    refusal(course, folder, ["has 1048576 MiB, expected at most 1. Clear all outputs"])


def test_names_that_are_shown_steer_no_terminal(course: Course, tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "mallory", {"\x1b[2J\n.ipynb": with_work()})
    said = refusal(course, folder, ["Give the notebook its name"])
    assert said.isprintable()


def test_small_parts_that_take_much_memory_are_counted_before(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_MARKS", 1000)
    content = b'{"cells": [' + b"[]," * 1000 + b"[]]}"
    refusal(course, as_folder(tmp_path / "mallory", {NAME: content}), ["more than 1,000 quotes"])


@pytest.mark.parametrize("part", ODD, ids=repr)
def test_nothing_but_a_refusal_comes_of_odd_parts(part: Any) -> None:
    made = [
        *(json.dumps({"nbformat": 4, "cells": [], key: part}) for key in ("cells", "nbformat")),
        *(notebook(cell("x") | {key: part}).decode() for key in PARTS),
    ]
    for content in made:
        said = "hand in again"
        try:
            parse_notebook(NAME, content.encode())
        except CourseError as error:
            said = str(error)
        assert "hand in again" in said
