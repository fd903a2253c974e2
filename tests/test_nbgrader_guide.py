"""The seven steps of docs/nbgrader.md, typed as they stand there: what they print is what happens."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import HOUSE
from .nbgrader_course import isolated
from .shell import COMMAND

pytestmark = pytest.mark.proof

pytest.importorskip("nbgrader", reason="the extra `nbgrader` is not installed")

GUIDE = (HOUSE / "docs" / "nbgrader.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^ *```\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# what runs the commands of the guide here: this Python, and this course
COMMANDS = {"course": ("-c", COMMAND), "nbgrader": ("-m", "nbgrader")}


def typed_in_the_guide() -> list[tuple[str, list[str]]]:
    """The commands of all steps but the first, which installs, and what stands below each."""
    steps = GUIDE.partition("\n2. ")[2].partition("\n## ")[0]
    lines = [line.strip() for block in FENCE.findall(steps) for line in block.splitlines()]
    typed: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith("$ "):
            typed.append((line[2:], []))
        else:
            typed[-1][1].append(line)
    return typed


def run_all(commands: list[str], folder: Path) -> list[list[str]]:
    """Type commands in one shell. The lines that each has printed."""
    bin_, mark = folder / "bin", "--- next ---"
    bin_.mkdir()
    for name, arguments in COMMANDS.items():
        words = shlex.join([sys.executable, *arguments])
        (bin_ / name).write_text(f'#!/bin/bash\nexec {words} "$@"\n')
        (bin_ / name).chmod(0o755)
    environment = os.environ | isolated(folder)
    environment["PATH"] = os.pathsep.join([str(bin_), environment["PATH"]])
    environment["COURSE"] = str(folder / "COURSE")
    text = f"\necho '{mark}'\n".join(command.replace("COURSE", '"$COURSE"') for command in commands)
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=HOUSE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return [
        [line.strip() for line in part.strip().splitlines()] for part in done.stdout.split(mark)
    ]


def fits(shown: list[str], printed: list[str]) -> bool:
    """Whether lines are as the guide shows them: … stands for some of them, or a part of one.

    The course folder may lie anywhere.
    """
    kept = [re.escape(line) for line in shown if line != "…"]
    pattern = [line.replace("…", ".*").replace("COURSE", ".*COURSE") for line in kept]
    if "…" not in shown:
        return re.fullmatch("\n".join(pattern), "\n".join(printed)) is not None
    rest = iter(printed)
    return all(any(re.fullmatch(one, line) for line in rest) for one in pattern)


def test_what_the_guide_shows_is_what_is_printed(tmp_path: Path) -> None:
    typed = typed_in_the_guide()
    assert len(typed) > 8
    for (command, shown), printed in zip(
        typed, run_all([command for command, _ in typed], tmp_path), strict=True
    ):
        assert not shown or fits(shown, printed), f"$ {command}\n" + "\n".join(printed[-20:])
