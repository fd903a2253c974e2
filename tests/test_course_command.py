"""What ``course`` says when something cannot be done, and that nothing finished is lost."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from rich.console import Console

import tools.grading
import tools.show
from graders.grade import Grader
from graders.report import Report, as_json
from tools.options import Options
from tools.reports.junit import as_junit

from .archives import as_folder
from .conftest import HOUSE
from .shell import course_command

MARKUP = "[red]x[-y]"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("grade", "11", "x"), ("There is no module 11. Did you mean 01?", "Known: 01")),
        (("grade", "atention", "x"), ("There is no module atention. Did you mean attention?",)),
        (("grade", "tests/solutions"), ("tests/solutions is a path. Name a module", "Known: 01")),
        (("grade", "docs"), ("docs is a path. Name a module",)),
        (("grade", "01"), ("Which submissions?", "course grade 01 PATH")),
        (("grade",), ("Which module? For example: course grade 01",)),
        (("hint",), ("Which exercise? For example: course hint 01.1",)),
        (("hint", "0.1"), ("00 has no exercises", "Read assignments/00_setup/README.md")),
        (("release", "00", "--out", "x"), ("00 has no exercises", "every student copy")),
        (("grade", "01", "--jsn", "x"), ("No such option", "--json")),
        (("grad", "01"), ("No such command 'grad'",)),
        (("hint", "01.99"), ("There is no exercise 01.99", "Did you mean 01.9?")),
        (
            ("grade", "01", "nowhere", "--json", "no/such/folder/x"),
            ("cannot be written", "no/such"),
        ),
        (("grade", "01", "nowhere", "--junit", "/"), ("cannot be written",)),
    ],
    ids=lambda value: "_".join(map(str, value)) if "grade" in value or "hint" in value else "",
)
def test_what_cannot_be_done_is_exit_code_two_and_said_in_words(
    arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    done = course_command(*arguments)
    assert done.code == 2
    for word in words:
        assert word in done.err


def test_outside_any_course_it_says_where_to_go(tmp_path: Path) -> None:
    done = course_command("grade", "01", ".", folder=tmp_path)
    assert done.code == 2
    assert "There is no course.toml in" in done.err


def test_broken_manifest_is_refused_before_anything_is_graded(tmp_path: Path) -> None:
    text = (HOUSE / "course.toml").read_text(encoding="utf-8")
    (tmp_path / "course.toml").write_text(text.replace("points = 4", "pionts = 4"))
    done = course_command("grade", "01", ".", folder=tmp_path)
    assert done.code == 2
    assert "unknown key 'pionts'. To mend it: write points." in done.err
    assert "course.toml, line " in done.err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["grade", "--help"], ["export", "--help"], ["--version"]], ids=str
)
def test_help_comes_without_waiting_for_libraries(arguments: list[str]) -> None:
    script = f"""
import sys
from tools.cli import main
sys.argv = ["course", *{arguments!r}]
try:
    main()
except SystemExit as ended:
    assert not ended.code
heavy = {{"torch", "numpy", "safetensors", "rich", "jinja2"}} & sys.modules.keys()
assert not heavy, heavy
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(HOUSE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "course" in done.stdout


def test_interrupted_batch_keeps_what_was_finished(
    grader: Grader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reports that are done are written and shown before the command ends."""

    class Interrupted(Grader):
        def __enter__(self) -> Grader:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def grade(self, path: Path, progress: object = None) -> Report:
            if path.name == "second":
                raise KeyboardInterrupt
            return grader.grade(path)

    monkeypatch.setattr(tools.grading, "Grader", Interrupted)
    monkeypatch.setattr(tools.grading, "is_house", lambda _: False)
    monkeypatch.chdir(HOUSE)
    written = tmp_path / "grades.jsonl"
    with pytest.raises(KeyboardInterrupt):
        tools.grading.grade_paths(
            "01",
            [HOUSE / "reference", Path("second")],
            Options(json_file=str(written), quiet=True),
        )
    assert [json.loads(line)["score"] for line in written.read_text().splitlines()] == [
        grader.module.points
    ]


def test_reports_that_cannot_be_written_are_shown_all_the_same() -> None:
    done = course_command("grade", "01", "nowhere", "--json", "no/such/folder/x")
    assert "There is no nowhere" in done.out


def test_odd_names_and_messages_break_neither_terminal_nor_files(
    grader: Grader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Escape codes, halves of characters, markup: shown as they are spelled."""
    name = os.fsdecode(b"a\x1b[2J\xe9" + MARKUP.encode())
    work = as_folder(tmp_path / name, {"tiny_transformer/attention.py": b""})
    report = grader.grade(work)
    assert report.submission.isprintable()
    json.dumps(as_json(report), ensure_ascii=False).encode()
    assert ElementTree.fromstring(b"".join(as_junit([report])))[0].get("name") == report.submission
    screen = io.StringIO()

    def terminal(stderr: bool = False) -> Console:
        return Console(file=screen, force_terminal=True, width=200)

    monkeypatch.setattr(tools.show, "Console", terminal)
    with tools.show.Progress(grader.module, 1, shown=True) as progress:
        progress.submission(work)
    assert "[red]x[-y]" in screen.getvalue()
    tools.show.show_batch([report, report], terminal())
    tools.show.show_report(report, terminal())
    screen.getvalue().encode()
    assert "\x1b[2J" not in screen.getvalue()
    assert "[red]x[-y]" in screen.getvalue()
