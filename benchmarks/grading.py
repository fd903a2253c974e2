"""What grading costs, beside what it could cost: seconds and ratios, all taken in one run.

    python benchmarks/grading.py [--rounds 5] [--submissions 50] [--pytest 6] [--json FILE]

Cold: one command typed in a shell, from its start to its end.
  course grade     of a correct submission, and of one with a known mistake (which it also names)
  import torch     `python -c "import torch"`: no grader that runs learner code can take less
  plain pytest     `python -m pytest`, same checks and correct submission, all in its own process
Warm: per submission, over a mix of the reference, other correct styles and known mistakes.
  course grade     through one grader, leaving out the first submission, which waits for torch
  the floor        the bodies of the checks alone, learner and reference in one warm process
  plain pytest     as above, started anew for each; for some of the mix, as it is slow
  whole batch      from the grader's start to its end, divided by the number of submissions
Medians, each over all rounds. Read the ratios: they carry over to other machines, seconds do not.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bench import BATCH, COURSE, FLOOR, OURS, PYTEST, Bench, parser, ratio, rounds_of, show
from rich.table import Table

from graders.manifest import find_course

COLD, WRONG, TORCH = "course grade", "course grade, a known mistake", "python -c 'import torch'"
PYTEST_COLD = "plain pytest"
COLD_ROWS, WARM_ROWS = (COLD, TORCH, PYTEST_COLD, WRONG), (OURS, FLOOR, PYTEST, BATCH)


def cold(bench: Bench) -> None:
    """One of each command."""
    grade = (*COURSE, "grade", bench.module.id)
    bench.python(TORCH, "-c", "import torch", cwd=bench.folder)
    bench.python(COLD, *grade, bench.mix[0], cwd=bench.course.root)
    bench.pytest(PYTEST_COLD, bench.mix[0])
    bench.python(WRONG, *grade, bench.mix[1], cwd=bench.course.root)


def warm(bench: Bench, pool: ProcessPoolExecutor, with_pytest: int) -> None:
    """Grade the mix; then the floor, and pytest on some of it."""
    bench.grade(bench.mix)
    bench.bare(pool, bench.mix)
    for submission in bench.mix[:: -(-len(bench.mix) // with_pytest)]:
        bench.pytest(PYTEST, submission)


def main() -> None:
    """Measure, show, write."""
    options = parser(__doc__, rounds=5, submissions=50, pytest=6)
    options.add_argument("--module", default="01")
    chosen = options.parse_args()
    if chosen.rounds < 1 or chosen.submissions < 2 or chosen.pytest < 1:
        options.error("at least 1 round of 2 submissions, pytest on 1 of them")
    course, spawn = find_course(Path(__file__).parent), get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1, spawn) as pool:
        bench = Bench(course, course.module(chosen.module), Path(folder), chosen.submissions)
        bench.make_pytest_files()
        cold(bench)
        bench.seconds.clear()  # that was for the machine's file cache
        for _ in rounds_of(chosen.rounds):
            cold(bench)
            warm(bench, pool, chosen.pytest)
    table = Table("", "seconds", "course grade takes", box=None, pad_edge=False)
    for own, *others in (COLD_ROWS, WARM_ROWS):
        table.add_row(f"[bold]{'cold' if own == COLD else 'warm, per submission'}")
        for name in (own, *others):
            beside = "" if name == own else ratio(bench.medians[own], bench.medians[name])
            table.add_row(f"  {name}", f"{bench.medians[name]:7.3f}", beside)
    facts = bench.facts(chosen.rounds)
    facts["of them under pytest"] = len(bench.seconds[PYTEST]) // chosen.rounds
    figures = {"medians": bench.medians, "seconds": bench.seconds}
    show(facts, table, figures, chosen.json)


if __name__ == "__main__":
    main()
