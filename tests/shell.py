"""The ``course`` command, run as from a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .conftest import HOUSE

COMMAND = "import sys; from tools.cli import main; sys.argv[0] = 'course'; main()"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def course_command(*arguments: object, folder: Path = HOUSE, **environment: str) -> Done:
    """Run ``course`` in a folder, as from a shell, with the tools of the house that it is in."""
    own_tools = (folder / "tools").is_dir()
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *map(str, arguments)],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(folder if own_tools else HOUSE),
            "COLUMNS": "100",
            **environment,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)
