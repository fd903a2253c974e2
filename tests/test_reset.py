"""``course reset``: one stub is put back, nothing else is touched, and it can be taken back."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from .learner_copy import RIGHT, course, word, write


@pytest.fixture
def copy(tiny_release: Path, tmp_path: Path) -> Path:
    """A copy to work in."""
    return shutil.copytree(tiny_release / "copy", tmp_path / "copy")


def test_reset_restores_the_exercise_and_only_that(copy: Path) -> None:
    file = copy / "sums/adding.py"
    original = file.read_text()
    write(copy, RIGHT)
    course(copy, "grade", "01", "-q")
    mine = f"import os\n{file.read_text()}\n\ndef helper():\n    return 1\n"
    file.write_text(mine)
    done = course(copy, "reset", "01.1")
    assert done.code == 0, done.err
    assert file.read_text() == f"import os\n{original}\n\ndef helper():\n    return 1\n"
    assert word(copy) == "0/3 not started"
    kept = re.search(r"Your file as it was: (\S+)", done.out)
    assert kept
    assert (copy / kept[1]).read_text() == mine
    assert "Nothing was changed" in course(copy, "reset", "01.1").out
    assert course(copy, "reset", "--undo").code == 0
    assert file.read_text() == mine


@pytest.mark.parametrize(
    ("mine", "after"),
    [
        ("x = (\n\n\n{head}    return (\n\n\ndef helper():\n    return 1\n", "helper"),
        ("x = 1\n", "x = 1"),
        (None, "Sums."),
    ],
    ids=["not valid Python", "the function is gone", "the file is gone"],
)
def test_reset_mends_what_is_broken(copy: Path, mine: str | None, after: str) -> None:
    file = copy / "sums/adding.py"
    original = file.read_text()
    head = original[original.index("def ") : original.index("    raise")]
    if mine is None:
        file.unlink()
    else:
        file.write_text(mine.replace("{head}", head))
    assert course(copy, "reset", "01.1").code == 0
    text = file.read_text()
    assert text.count(original[original.index("def ") :]) == 1
    assert text.count("def weighted_sum") == 1
    assert after in text


def test_reset_without_its_release_says_the_way_out(copy: Path) -> None:
    (copy / ".course/release.zip").unlink()
    write(copy, RIGHT)
    before = (copy / "sums/adding.py").read_text()
    done = course(copy, "reset", "01.1")
    assert (done.code, "Get a new student copy" in done.err) == (2, True)
    assert (copy / "sums/adding.py").read_text() == before
