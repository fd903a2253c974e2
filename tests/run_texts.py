"""Run the Python in texts against the reference, and compare what it prints with what they say.

    python -m tests.run_texts                      all of them: a table of blocks and seconds
    python -m tests.run_texts --write FILE.md …    run, and write down what is printed

In Markdown each block marked ``python`` is run, the blocks of a file in one namespace; a line that
begins with ``# > `` is what the statement above it printed. Notebooks are run cell by cell. All in
one process, so that torch is loaded once. House only: learners have neither this nor the reference.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from markdown_it import MarkdownIt

HOUSE = Path(__file__).resolve().parents[1]
PRINTED = "# > "
PIECE_SECONDS = 120  # what one block or cell may take; all are written to take less than one


@dataclass(frozen=True)
class Ran:
    """What became of one file."""

    path: str
    pieces: int
    seconds: float
    error: str = ""


def texts() -> list[str]:
    """The files that hold Python to run, by their path from the house."""
    files = [HOUSE / "README.md", *HOUSE.glob("docs/**/*.md"), *HOUSE.glob("assignments/*/*.md")]
    files += HOUSE.glob("assignments/*/notebook.py")
    return sorted(file.relative_to(HOUSE).as_posix() for file in files)


def blocks(text: str) -> Iterator[tuple[int, str]]:
    """The Python blocks of a Markdown text: the line above each (from 1), and its source."""
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "fence" and token.info.strip() == "python" and token.map:
            yield token.map[0] + 1, token.content


def cells(text: str) -> Iterator[tuple[int, str]]:
    """The code cells of a notebook script: the line of the mark above each, and its source."""
    start, code, kept = 0, False, list[str]()
    for number, line in enumerate([*text.splitlines(), "# %%"], start=1):
        if not line.startswith("# %%"):
            kept.append(line)
            continue
        if code and any(kept):
            yield start, "\n".join(kept) + "\n"
        start, code, kept = number, "[markdown]" not in line, []


def with_output(source: str, path: str, line: int, namespace: dict[str, Any]) -> str:
    """``source`` after it ran, with what each of its statements printed below that statement.

    Args:
        source: Python; earlier output in it is left out.
        path: of the file that it stands in, for tracebacks.
        line: number of the line above it there.
        namespace: what the names in it mean; it is changed.
    """
    rows = source.splitlines()
    written: list[str] = []
    done = 0
    for statement in ast.parse("\n" * line + source, path).body:
        end = (statement.end_lineno or 0) - line
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(_compiled(statement, path), namespace)
        written += [row for row in rows[done:end] if not row.startswith(PRINTED.strip())]
        written += [f"{PRINTED}{row}".rstrip() for row in said.getvalue().splitlines()]
        done = end
    written += [row for row in rows[done:] if not row.startswith(PRINTED.strip())]
    return "\n".join(written) + "\n"


def _compiled(statement: ast.stmt, path: str) -> CodeType:
    return compile(ast.Module([statement], []), path, "exec", dont_inherit=True)


def run_file(path: str, write: bool = False) -> Ran:
    """Run one text and compare; with ``write``, mend it in place instead of comparing."""
    file = HOUSE / path
    text = file.read_text(encoding="utf-8")
    pieces = [*(cells if path.endswith(".py") else blocks)(text)]
    module = ModuleType("__main__")  # where dataclasses and pickles look for their names
    sys.modules["__main__"], before = module, sys.modules["__main__"]
    start, error, mended = time.perf_counter(), "", text
    try:
        for line, source in pieces:
            with _limited(f"{path}, line {line}"):
                found = with_output(source, path, line, vars(module))
            if path.endswith(".py"):
                continue
            mended = mended.replace(source, found, 1)
            if found != source and not write:
                error = f"{path}, line {line}: it says\n{source}but running it says\n{found}"
                break
    except Exception:
        error = f"{path}\n{traceback.format_exc()}"
    finally:
        sys.modules["__main__"] = before
        _close_figures()
    if write and mended != text and not error:
        file.write_text(mended, encoding="utf-8")
    return Ran(path, len(pieces), round(time.perf_counter() - start, 2), error)


@contextlib.contextmanager
def _limited(place: str) -> Iterator[None]:
    """TimeoutError, with the place, where a piece takes too long."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"{place}: still running after {PIECE_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(PIECE_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _close_figures() -> None:
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the files that are named, or all; 1 if one of them is not true."""
    parser = argparse.ArgumentParser(description="Run the Python in texts.")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--write", action="store_true", help="write down what is printed")
    parser.add_argument("--json", action="store_true", help="the results, for a program")
    chosen = parser.parse_args(arguments)
    os.environ |= {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}  # no window, and no race for cores
    sys.path.insert(0, str(HOUSE / "reference"))
    ran = [run_file(path, chosen.write) for path in chosen.files or texts()]
    if chosen.json:
        print(json.dumps([asdict(one) for one in ran]))
    else:
        for one in ran:
            print(f"{one.path:44} {one.pieces:3} pieces {one.seconds:6.2f} s", one.error)
    return any(one.error for one in ran)


if __name__ == "__main__":
    sys.exit(main())
