"""The pictures of a terminal in docs/pictures: what a learner sees of ``course``, taken as it runs.

    python docs/make_terminal_pictures.py

A student copy of module 01 is released, some of it is written, well and badly, and the commands run
in a terminal of 80 columns. It needs a system with pseudo-terminals: Linux or macOS.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Mapping
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from graders.course import Exercise
from graders.manifest import find_course
from graders.mistakes import load_variants
from release.proof import make_release
from release.regions import find_regions
from release.write import write_tree

HERE = Path(__file__).parent
MODULE, COLUMNS, ROWS = "01", 80, 60
WELL = ("01.1", "01.3", "01.5")
MISTAKE = "p01.2"  # in what is written while the picture is taken, and mended
SUM = " of 50 points\n"  # which ends what is said to a save
MATH = "import math\n"
COMMAND = ("-c", "import sys; from tools.cli import main; sys.argv[0] = 'course'; main()")
# no font from the network
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\n\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


class Terminal:
    """``course`` in a pseudo-terminal, in a student copy; what it says, colours and all."""

    def __init__(self, copy: Path, *arguments: str) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._screen = ours
        self.said = ""
        self._process = subprocess.Popen(
            [sys.executable, *COMMAND, *arguments],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)

    def read(self) -> bool:
        """Wait for more; False where no more will come."""
        try:
            more = os.read(self._screen, 1 << 16)
        except OSError:  # the other end is closed
            more = b""
        self.said += more.decode(errors="replace").replace("\r\n", "\n")
        return bool(more)

    def until(self, words: str) -> None:
        """Wait until it has said these words once more than before."""
        count = self.said.count(words)
        while self.said.count(words) == count and self.read():
            pass

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._screen)


def take(copy: Path, *arguments: str) -> str:
    """All that a command says."""
    terminal = Terminal(copy, *arguments)
    while terminal.read():
        pass
    terminal.end()
    return terminal.said


def draw(name: str, commands: Mapping[str, str]) -> None:
    """Write ``docs/pictures/NAME.svg``: commands as typed, and what was said to each."""
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    for typed, said in commands.items():
        console.print(Text(f"$ {typed}", style="bold"))
        console.print(Text.from_ansi(said.rstrip()))
    svg = console.export_svg(title="course", code_format=FORMAT, unique_id=name)
    lines = [line.rstrip() for line in svg.splitlines()]
    (HERE / "pictures" / f"{name}.svg").write_text("\n".join(lines) + "\n", encoding="utf-8")


def written(stub: str, source: str, exercise: Exercise) -> str:
    """The stub file with what ``source`` has for an exercise in place of its stub."""
    lines = source.splitlines(keepends=True)
    region = next(r for r in find_regions(source, exercise.file) if r.symbol == exercise.symbol)
    body = "".join(lines[region.begin : region.end - 1])
    pattern = rf"^ +raise NotImplementedError\(\s*\"{re.escape(exercise.id)} [^)]*\)\n"
    return re.sub(pattern, lambda _: body, stub, flags=re.MULTILINE)


def main() -> None:
    """Release a copy, work in it, take the pictures."""
    course = find_course(HERE)
    module = course.module(MODULE)
    reference = course.root / "reference" / course.package
    variant = next(v for v in load_variants(course, module) if v.mistake.id == MISTAKE)
    exercise = module.exercise(variant.mistake.exercise)
    right = (reference / exercise.file).read_text(encoding="utf-8")
    made = make_release(course, [module])
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        write_tree(made.files, copy, force=False)
        for name in WELL:
            done = module.exercise(name)
            path = copy / course.package / done.file
            source = (reference / done.file).read_text(encoding="utf-8")
            text = written(path.read_text(encoding="utf-8"), source, done)
            if MATH not in text:  # nothing but solutions use it there
                text = text.replace("import torch\n", f"{MATH}\nimport torch\n", 1)
            path.write_text(text, encoding="utf-8")
        take(copy, "grade", MODULE)
        watch = Terminal(copy, "watch", MODULE)
        watch.until("Ctrl-C ends")
        path = copy / course.package / exercise.file
        stub = path.read_text(encoding="utf-8")
        for source in (variant.apply(reference), right):
            path.write_text(written(stub, source, exercise), encoding="utf-8")
            watch.until(SUM)
        watch.until("Next: ")  # which is said after right work
        watch.end()
        draw("watch", {f"course watch {MODULE}": watch.said})
        draw("status", {"course status": take(copy, "status")})


if __name__ == "__main__":
    main()
