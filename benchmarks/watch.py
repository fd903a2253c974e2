"""How soon ``course watch`` answers: from the save of a file to the line with the verdict.

    python benchmarks/watch.py --saves 20

A student copy is released, ``course watch`` runs in it, and a core exercise is saved again and
again: right and wrong in turn. The time is taken outside of ``watch``, at the other end of its
standard output, so all is in it: noticing the save, a fresh worker, importing the work, the checks.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench import COURSE
from rich.console import Console
from rich.table import Table

from graders.manifest import find_course
from graders.mistakes import load_variants
from release.proof import make_release
from release.write import write_tree

MODULE, EXERCISE, MISTAKE = "01", "01.8", "a1"
PAUSE = 0.37  # seconds between saves, so that they fall anywhere between two looks at the files


def measure(saves: int) -> list[tuple[float, str]]:
    """Seconds from each save to its verdict, and the verdict."""
    course = find_course(Path(__file__).parent)
    module = course.module(MODULE)
    made = make_release(course, [module])
    reference = course.root / "reference" / course.package
    file = module.exercise(EXERCISE).file
    variant = next(v for v in load_variants(course, module) if v.mistake.id == MISTAKE)
    texts = [(reference / file).read_text(encoding="utf-8"), variant.apply(reference)]
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        write_tree(made.files, copy, force=False)
        watch = subprocess.Popen(
            [sys.executable, *COURSE, "watch", MODULE],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert watch.stdout is not None
        try:
            _line_with(watch, "Watching")
            for number in range(saves):
                time.sleep(PAUSE)
                saved = time.perf_counter()
                (copy / course.package / file).write_text(texts[number % 2], encoding="utf-8")
                said = _line_with(watch, f"{EXERCISE} ")
                found.append((time.perf_counter() - saved, said))
                _line_with(watch, f"{module.id} {module.title}")
        finally:
            watch.kill()
            watch.wait()
            watch.stdout.close()
    return found


def _line_with(watch: subprocess.Popen[str], start: str) -> str:
    assert watch.stdout is not None
    for line in watch.stdout:
        if line.startswith(start):
            return line.strip()
    raise SystemExit(f"`course watch` ended before it said {start!r}.")


def _waiting() -> float:
    """How many times as long as it computes a process takes here now: 1 on a quiet machine."""
    wall, used = time.perf_counter(), time.process_time()
    sum(number * number for number in range(3_000_000))
    return (time.perf_counter() - wall) / (time.process_time() - used)


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=20)
    before = _waiting()
    found = measure(parser.parse_args().saves)
    after = _waiting()
    table = Table("verdict", "saves", "median, seconds", "slowest, seconds", box=None)
    for word in (": passed", ": wrong"):
        times = [seconds for seconds, said in found if word in said]
        if times:
            shown = (f"{median(times):.3f}", f"{max(times):.3f}")
            table.add_row(word.strip(": "), str(len(times)), *shown)
    Console().print(table)
    print(f"other load: a process took {before:.1f} and {after:.1f} times as long as it computed")


if __name__ == "__main__":
    main()
