"""What one submission of each module costs to grade: seconds and ratios, all taken in one run.

    python benchmarks/modules.py [--rounds 3] [--submissions 6]

Measured as `benchmarks/grading.py` does it, module after module: cold, one command typed in a shell;
warm, each further submission of a batch, on stand-ins and on its own parts. Read the ratios: they
carry over to other machines, seconds do not.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from grading import COLD, FLOOR, PYTEST, PYTEST_EACH, TORCH, WARM, Bench
from rich.console import Console
from rich.progress import track
from rich.table import Table

from graders.manifest import find_course

COLUMNS = ("cold", "x import torch", "x plain pytest", "warm", "x floor", "x plain pytest")


def figures(seconds: dict[str, float]) -> list[float]:
    """The columns of a row."""
    cold, warm = seconds[COLD], seconds[WARM]
    return [
        cold,
        cold / seconds[TORCH],
        cold / seconds[PYTEST],
        warm,
        warm / seconds[FLOOR],
        warm / seconds[PYTEST_EACH],
    ]


def row(name: str, values: Iterable[float]) -> list[str]:
    """As it is shown."""
    return [name, *(f"{value:.2f}" if value >= 0.1 else f"{value:.3f}" for value in values)]


def main() -> None:
    """Measure each module in turn, round after round; show."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for option, default in (("--rounds", 3), ("--submissions", 6)):
        parser.add_argument(option, type=int, default=default, metavar="N")
    options = parser.parse_args()
    if options.rounds < 1 or options.submissions < 2:
        parser.error("at least 1 round of 2 submissions")
    course = find_course(Path(__file__).parent)
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, get_context("spawn")) as pool,
    ):
        benches = [
            Bench(course, module, Path(folder) / module.id, options.submissions)
            for module in course.modules
        ]
        for bench in benches:
            bench.seconds.clear()  # that was for the machine's file cache
        for _ in track(range(options.rounds), "measuring", console=Console(stderr=True)):
            for bench in benches:
                bench.cold()
                bench.warm(pool, with_pytest=1)
    table = Table("module", *COLUMNS, box=None, pad_edge=False)
    rows = [figures({k: median(v) for k, v in bench.seconds.items()}) for bench in benches]
    for bench, values in zip(benches, rows, strict=True):
        table.add_row(*row(bench.module.folder, values))
    cold, warm = (sum(values[column] for values in rows) for column in (0, 3))
    Console().print(table)
    print(f"all modules for one submission: {cold:.2f} s cold, {warm:.2f} s warm (sums of medians)")


if __name__ == "__main__":
    main()
