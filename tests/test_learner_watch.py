"""``course watch``: what a save is answered with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from .shell import COMMAND, course_command
from .tiny_house import make_tiny_house

RIGHT = "return (numbers * weights).sum() / len(numbers) ** 0.5"
WRONG = "return numbers.sum() / len(numbers) ** 0.5"
SECOND = """
[[module.exercise]]
id = "01.2"
title = "A sum"
file = "adding.py"
symbol = "total"
points = 2
hints = ["What is added?", "Add all.", "The sum of numbers."]
"""
REFERENCE = """

def total(numbers: Tensor) -> Tensor:
    \"\"\"The sum of ``numbers`` [n]: [].\"\"\"
    ### BEGIN SOLUTION
    return sum(numbers)
    ### END SOLUTION
"""
SCENARIO = """

def total(tt, numbers):
    \"\"\"Add once.\"\"\"
    return {"sum": tt.adding.total(numbers)}
"""
CHECK = """

@check("01.2", points=2)
def test_total(learner, reference, draw):
    \"\"\"The sum is right.\"\"\"
    assert_same_runs(learner, reference, scenarios.total, {"numbers": draw.floats(5)})
"""


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a small course with two exercises in one file."""
    house = make_tiny_house(tmp_path_factory.mktemp("watch") / "house")
    for path, more in (
        ("course.toml", SECOND),
        ("reference/sums/adding.py", REFERENCE),
        ("graders/scenarios/adding.py", SCENARIO),
        ("graders/test_01_adding.py", CHECK),
    ):
        with (house / path).open("a") as file:
            file.write(more)
    done = course_command("release", "--out", "copy", folder=house)
    assert done.code == 0, done.err
    return house / "copy"


@pytest.fixture
def copy(released: Path, tmp_path: Path) -> Path:
    """A copy to work in."""
    return shutil.copytree(released, tmp_path / "copy")


@pytest.fixture
def watch(copy: Path) -> Iterator[subprocess.Popen[str]]:
    """``course watch`` in the copy."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "watch", "01"],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "COLUMNS": "80", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    late = threading.Timer(60, process.kill)  # what is not said in a minute never is
    late.start()
    yield process
    late.cancel()
    process.terminate()
    process.wait()
    assert process.stdout
    process.stdout.close()


def write(copy: Path, old: str, new: str) -> None:
    """Save the file with the first line that matches ``old`` replaced."""
    file = copy / "sums/adding.py"
    text = file.read_text(encoding="utf-8")
    made = re.sub(rf"^    {old}.*$", lambda _: f"    {new}", text, count=1, flags=re.M)
    assert made != text
    temporary = copy / "saved"
    temporary.write_text(made, encoding="utf-8")
    temporary.replace(file)  # at once, as editors do


def until(watch: subprocess.Popen[str], start: str) -> str:
    """What is said up to the line that begins so."""
    assert watch.stdout
    said = ""
    for line in watch.stdout:
        said += line
        if line.startswith(start):
            return said
    raise AssertionError(said)


def test_each_save_is_judged(copy: Path, watch: subprocess.Popen[str]) -> None:
    until(watch, "Watching sums/ for module 01.")
    write(copy, "raise", WRONG)
    said = until(watch, "01 Adding: 0 of 5 points")
    assert "saved adding.py" in said
    assert "01.1 A weighted sum: wrong, 0 of 3 points" in said
    assert "looks like  the weights are not used" in said
    write(copy, "return", "return (")
    assert re.search(r"line \d+: ", until(watch, "Not valid Python yet: line "))
    write(copy, "return", "return\nfrom __future__ import annotations")
    until(watch, "Not valid Python yet: line ")
    assert "\x1b" not in said


def test_after_right_work_it_says_where_to_go_on(copy: Path, watch: subprocess.Popen[str]) -> None:
    until(watch, "Watching sums/ for module 01.")
    write(copy, "raise", RIGHT)
    said = until(watch, "Next: ")
    assert "01.1 A weighted sum: passed, 3 of 3 points" in said
    place = re.search(r"^Next: 01\.2 A sum, (\S+):(\d+)$", said, re.M)
    assert place, said
    line = (copy / place[1]).read_text().splitlines()[int(place[2]) - 1]
    assert line.startswith("    raise NotImplementedError(")
    write(copy, "raise", "return numbers.sum()")
    until(watch, "All of it has all its points. Where to go on: course next")
    assert "5 of 5 points" in course_command("status", folder=copy).out
    (copy / "sums/other.py").write_text("x = 1\n")
    until(watch, "No exercise that is watched depends on it.")


def test_a_mended_file_is_judged_by_what_changed_in_it(
    copy: Path, watch: subprocess.Popen[str]
) -> None:
    """While it was no Python nothing was judged: the exercises beside are not news."""
    until(watch, "Watching sums/ for module 01.")
    write(copy, "raise", WRONG)
    until(watch, "01 Adding: 0 of 5 points")
    write(copy, "return", "return (")
    until(watch, "Not valid Python yet")
    write(copy, "return", RIGHT)
    said = until(watch, "Next: ")
    assert "01.1 A weighted sum: passed" in said
    assert "01.2 A sum: " not in said
