"""What one submission of each module costs to grade: seconds and ratios, all taken in one run.

    python benchmarks/modules.py [--rounds 3] [--submissions 6] [--json FILE]

Measured as `benchmarks/grading.py` does it, module after module: cold, one command typed in a shell;
warm, each further submission of a batch, on stand-ins and on its own parts. Most of so few are
right: a known mistake is run first when somebody makes it. Read the ratios: they carry over to
other machines, seconds do not.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bench import FLOOR, OURS, PYTEST, Bench, parser, rounds_of, show
from grading import COLD, PYTEST_COLD, TORCH, cold, warm
from rich.table import Table

from graders.manifest import find_course

COLUMNS = ("cold", "x import torch", "x plain pytest", "warm", "x floor", "x plain pytest")


def figures(seconds: Mapping[str, float]) -> list[float]:
    """The columns of a row."""
    first, each = seconds[COLD], seconds[OURS]
    beside = first / seconds[TORCH], first / seconds[PYTEST_COLD]
    return [first, *beside, each, each / seconds[FLOOR], each / seconds[PYTEST]]


def row(name: str, values: Iterable[float]) -> list[str]:
    """As it is shown."""
    return [name, *(f"{value:.2f}" if value >= 0.1 else f"{value:.3f}" for value in values)]


def main() -> None:
    """Measure each module in turn, round after round; show, write."""
    options = parser(__doc__, rounds=3, submissions=6)
    chosen = options.parse_args()
    if chosen.rounds < 1 or chosen.submissions < 4:
        options.error("at least 1 round of 4 submissions")
    course, spawn = find_course(Path(__file__).parent), get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1, spawn) as pool:
        benches = [
            Bench(course, module, Path(folder) / module.id, chosen.submissions)
            for module in course.modules
        ]
        for bench in benches:
            bench.make_pytest_files()
            bench.seconds.clear()  # that was for the machine's file cache
        for _ in rounds_of(chosen.rounds):
            for bench in benches:
                cold(bench)
                warm(bench, pool, with_pytest=1)
    table = Table("module", *COLUMNS, box=None, pad_edge=False)
    rows = [figures(bench.medians) for bench in benches]
    for bench, values in zip(benches, rows, strict=True):
        table.add_row(*row(bench.module.folder, values))
    first, each = (sum(values[column] for values in rows) for column in (0, 3))
    table.add_row(*row("sum of all", (first,)), "", "", *row("", (each,))[1:])
    facts = {"rounds": chosen.rounds, "submissions of each": chosen.submissions}
    single = {"seconds": {bench.module.id: bench.seconds for bench in benches}}
    show(facts, table, single, chosen.json)


if __name__ == "__main__":
    main()
