"""Every block of Python and every notebook that learners read runs, and prints what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from graders.course import Course
from graders.errors import CourseError
from release.build import build_copy
from release.notebooks import notebook

from . import run_texts
from .conftest import HOUSE

TEXTS = run_texts.texts()


@pytest.fixture(scope="module")
def ran() -> dict[str, dict[str, object]]:
    """What became of each text, all run in one process of their own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.run_texts", "--json"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return {one["path"]: one for one in json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.parametrize("path", TEXTS)
def test_what_learners_read_is_true(path: str, ran: dict[str, dict[str, object]]) -> None:
    assert not ran[path]["error"], ran[path]["error"]
    if path.endswith(("theory.md", ".py")):
        assert ran[path]["pieces"]


def text_with(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: str, name: str = "a.md"
) -> str:
    monkeypatch.setattr(run_texts, "HOUSE", folder)
    (folder / name).write_text(content, encoding="utf-8")
    return name


GOOD = "# A\n\n```python\nx = 2\nprint(x)\n# > 2\n```\n\nWords.\n\n```python\nprint(x + 1)\n# > 3\n```\n"


def test_blocks_of_a_file_share_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = run_texts.run_file(text_with(tmp_path, monkeypatch, GOOD))
    assert (ran.pieces, ran.error) == (2, "")


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("# > 3", "# > 4", "a.md, line 11: it says"),
        ("# > 3\n", "", "running it says\nprint(x + 1)\n# > 3"),
        ("# > 2\n", "# > 2\n# > 2\n", "a.md, line 3: it says"),
        ("x + 1", "y + 1", 'a.md", line 12'),
        ("x + 1", "x +", "SyntaxError"),
    ],
)
def test_a_text_that_is_not_true_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was: str, now: str, words: str
) -> None:
    ran = run_texts.run_file(text_with(tmp_path, monkeypatch, GOOD.replace(was, now)))
    assert words in ran.error


def test_what_is_printed_can_be_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = text_with(tmp_path, monkeypatch, GOOD.replace("# > 3\n", "").replace("# > 2", "# > 7"))
    assert run_texts.run_file(name, write=True).error == ""
    assert (tmp_path / name).read_text(encoding="utf-8") == GOOD


def test_a_cell_that_never_ends_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "# %% [markdown]\n# # A\n\n# %%\nx = 1\n\n# %%\nwhile x:\n    pass\n"
    monkeypatch.setattr(run_texts, "PIECE_SECONDS", 1)
    ran = run_texts.run_file(text_with(tmp_path, monkeypatch, endless, "notebook.py"))
    assert ran.pieces == 2
    assert "notebook.py, line 7: still running after 1 seconds" in ran.error


def test_a_copy_gets_notebooks_without_outputs_in_place_of_scripts(course: Course) -> None:
    copy = build_copy(course, [course.module("01")], {})
    assert not [p for p in copy if p.startswith("assignments/") and p.endswith("notebook.py")]
    for folder in ("00_setup", "01_attention"):
        made = nbformat.reads(copy[f"assignments/{folder}/notebook.ipynb"].decode(), as_version=4)
        nbformat.validate(made)
        code = [cell for cell in made.cells if cell.cell_type == "code"]
        assert len(code) >= 3
        assert not [cell for cell in code if cell.outputs or cell.execution_count]
        script = (HOUSE / "assignments" / folder / "notebook.py").read_text(encoding="utf-8")
        assert len(code) == len([*run_texts.cells(script)])
        assert made.cells[0].cell_type == "markdown"
        assert made.cells[0].source.startswith("# ")
        assert f"assignments/{folder}/theory.md" in copy
        assert [p for p in copy if p.startswith(f"assignments/{folder}/figures/")]


def test_a_script_without_cells_is_refused() -> None:
    with pytest.raises(CourseError, match=r"a/notebook\.py holds no cell of code"):
        notebook("# %% [markdown]\n# Words.\n", "a/notebook.py")
