"""Which files an exercise is made of, what was saved, where editors are told to go."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from graders.course import Course, Limits
from graders.work import Work
from graders.worker import launch
from tools.editors import arguments
from tools.saves import QUIET, Saves


@pytest.fixture
def learner(course: Course, tmp_path: Path) -> Course:
    """The course of somebody whose package is yet to be written."""
    return replace(course, path=tmp_path / "course.toml")


def write(course: Course, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = course.root / course.package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


PARTS = {
    "model.py": "from .attention import x\nfrom tiny_transformer.embeddings import combined_embedding\n",
    "attention.py": "import torch\nfrom . import helpers, nothing\n",
    "helpers.py": "import tiny_transformer.model\n",  # in a ring
    "embeddings/combined_embedding.py": "def f():\n    from .token_embedding import T\n",
    "embeddings/token_embedding.py": "from ..deep import x\n",
    "deep.py": "",
    "other.py": "x = 1\n",
}


def test_an_exercise_is_made_of_its_file_and_all_that_it_imports(learner: Course) -> None:
    write(learner, PARTS)
    exercise = next(e for m in learner.modules for e in m.exercises if e.file == "model.py")
    assert Work(learner).files_of(exercise) == [
        "attention.py",
        "embeddings/combined_embedding.py",
        "embeddings/token_embedding.py",
        "helpers.py",
        "model.py",
    ]
    before = Work(learner).digest(exercise)
    write(learner, {"other.py": "x = 2\n"})
    assert Work(learner).digest(exercise) == before
    write(learner, {"embeddings/token_embedding.py": "x = 2\n"})
    assert Work(learner).digest(exercise) != before


def test_a_file_that_is_no_python_is_made_of_itself(learner: Course) -> None:
    write(learner, {"attention.py": "def f(:\n", "helpers.py": ""})
    exercise = learner.exercise("01.3")
    assert Work(learner).files_of(exercise) == ["attention.py"]


def test_each_save_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/a.py").write_text("a")
    saves = Saves(tmp_path)
    assert saves.new() == []
    (tmp_path / "sub/a.py").write_text("aa")
    (tmp_path / "b.py").write_text("b")
    (tmp_path / "notes.txt").write_text("no Python")
    assert saves.new() == ["b.py", "sub/a.py"]
    assert saves.new() == []
    (tmp_path / ".b.py.tmp").write_text("c")  # as editors save: a new file takes the name
    (tmp_path / ".b.py.tmp").replace(tmp_path / "b.py")
    assert saves.new() == ["b.py"]
    (tmp_path / "b.py").write_text("")  # an editor is about to write it
    assert saves.new() == []
    (tmp_path / "b.py").write_text("c")
    assert saves.new() == ["b.py"]


def test_a_save_in_parts_is_told_when_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.py"
    file.write_text("whole")
    saves = Saves(tmp_path)
    parts = ["a", "", "a b", "a b c"]  # what stands there, look by look

    def goes_on(seconds: float = 0.0) -> None:
        assert seconds <= QUIET
        if parts:
            file.write_text(parts.pop(0))
            os.utime(file, (ahead, ahead))

    ahead = time.time() + 60  # the clock of a network drive
    monkeypatch.setattr("tools.saves.time.sleep", goes_on)
    goes_on()
    told = saves.wait()
    assert (next(told), file.read_text()) == (["a.py"], "a b c")
    assert saves.new() == []


@pytest.mark.parametrize(
    ("editor", "command"),
    [
        ("vim", ["vim", "+7", "a.py"]),
        ("/usr/bin/nvim -R", ["/usr/bin/nvim", "-R", "+7", "a.py"]),
        ("code --wait", ["code", "--wait", "--goto", "a.py:7"]),
        ("subl", ["subl", "a.py:7"]),
        ("pycharm", ["pycharm", "--line", "7", "a.py"]),
        ("notepad++", ["notepad++", "-n7", "a.py"]),
        ("ed", ["ed", "a.py"]),
    ],
)
def test_editors_are_told_the_line_in_their_own_way(editor: str, command: list[str]) -> None:
    assert arguments(editor, "a.py", "7") == command


def test_the_next_worker_is_started_before_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where there is no fork, ``course watch`` would wait for torch at each save."""
    monkeypatch.setattr(
        launch, "_popen", lambda *_: subprocess.Popen(["true"], start_new_session=True)
    )
    ahead = launch.Ahead(Limits(1, 1, 1), ())
    ahead.prepare()
    [waiting] = ahead._alive
    ahead.prepare()
    assert [*ahead._alive] == [waiting]
    first, second = ahead.start(), ahead.start()
    assert (first.pid == waiting, second.pid == waiting) == (True, False)
    ahead.prepare()
    for worker in (first, second):
        ahead.end(worker)
    home = ahead._next.home if ahead._next else Path()
    ahead.close()
    assert not home.exists()
