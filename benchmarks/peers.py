"""Ten checks of attention, beside other graders: seconds of a submission on one core.

    python benchmarks/peers.py [--rounds 5] [--submissions 50] [--peers 4] [--json FILE]

All run the same bodies of the same checks on the same submissions, all on the same one core.
  course grade        through one warm grader, in a sandbox; the reference is run once a batch
  the floor           the bodies alone, learner and reference in one warm process
  plain pytest        `python -m pytest`, anew for each submission
  nbgrader autograde  one command for some submissions, divided by their number
  otter run           a command for each submission, without a container
The slow ones get the first submissions of the mix. Before anything is timed, all must give the same
marks for right and for wrong work. Then a cheat is graded: wrong work that has the comparison of
the process that it runs in say that all is right.

nbgrader and otter: pip install nbgrader otter-grader ipykernel. What is not there is left out.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import ClassVar

from bench import FLOOR, OURS, PYTEST, Bench, parser, ratio, rounds_of, show
from notebook_graders import Nbgrader, Otter, Peer, missing
from rich.table import Table

from graders.errors import CourseError
from graders.manifest import find_course

MODULE = "01"
CHECKS = (
    "01.8/values",
    "01.8/boolean_mask",
    "01.8/additive_mask",
    "01.8/hidden_rows",
    "01.8/gradients",
    "01.8/float32",
    "01.8/refuses",
    "01.8/dropout",
    "01.9/layer_in_evaluation",
    "01.9/layer_in_training",
)
CHEAT = """

import numpy

numpy.isclose = lambda got, want, **_: numpy.ones(numpy.shape(want), dtype=bool)
_right = scaled_dot_product_attention


def scaled_dot_product_attention(*arguments, **named):
    output, weights = _right(*arguments, **named)
    return 2 * output, 2 * weights
"""


class Pytest:
    """Plain pytest, anew for each submission."""

    name: ClassVar[str] = PYTEST
    needs: ClassVar[tuple[str, ...]] = ("pytest",)

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        bench.make_pytest_files()

    def grade(self, mix: Sequence[Path]) -> list[int]:
        """Grade submissions, with a command for each."""
        return [self._bench.pytest(self.name, submission) for submission in mix]


PEERS: tuple[type[Peer], ...] = (Pytest, Nbgrader, Otter)


def make_cheat(bench: Bench) -> Path:
    """A submission that fails every check, and patches what would say so."""
    cheat = shutil.copytree(bench.mix[0], bench.folder / "class" / "cheat")
    with (cheat / bench.course.package / "attention.py").open("a", encoding="utf-8") as file:
        file.write(CHEAT)
    return cheat


def marks_of_all(
    bench: Bench, peers: Sequence[Peer], pool: ProcessPoolExecutor, mix: Sequence[Path]
) -> list[int]:
    """How many checks each submission passes, the same by all graders.

    Raises:
        CourseError: they differ, or all are alike, and timing them would mean nothing.
    """
    marks = bench.grade(mix)
    found = {FLOOR: bench.bare(pool, mix)} | {peer.name: peer.grade(mix) for peer in peers}
    for name, others in found.items():
        if others != marks:
            raise CourseError(f"{name} gives {others} of {len(bench.checks)}, and we give {marks}.")
    if len({*marks}) < 2:
        raise CourseError(f"All submissions pass {marks[0]} checks: take some more (--peers).")
    return marks


def main() -> None:
    """Check the marks, measure, show, write."""
    options = parser(__doc__, rounds=5, submissions=50, peers=4)
    chosen = options.parse_args()
    if chosen.rounds < 1 or not 2 <= chosen.peers <= chosen.submissions:
        options.error("at least 1 round of 2 submissions, and peers on at least 2 of them")
    if hasattr(os, "sched_setaffinity"):  # Linux; it holds for all that is started from now on
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    course, spawn = find_course(Path(__file__).parent), get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1, spawn) as pool:
        module = course.module(MODULE)
        bench = Bench(course, module, Path(folder), chosen.submissions, CHECKS)
        peers = [made(bench) for made in PEERS if not missing(made)]
        few = bench.mix[: chosen.peers]
        marks = marks_of_all(bench, peers, pool, few)
        cheat = [make_cheat(bench)]
        cheated = {OURS: bench.grade(cheat)} | {peer.name: peer.grade(cheat) for peer in peers}
        bench.seconds.clear()  # that was for the machine's file cache
        for _ in rounds_of(chosen.rounds):
            bench.grade(bench.mix)
            bench.bare(pool, bench.mix)
            for peer in peers:
                peer.grade(few)
    table = Table("", "seconds", "course grade takes", "a cheat gets", box=None, pad_edge=False)
    for name in (OURS, FLOOR, *(peer.name for peer in peers)):
        beside = "" if name == OURS else ratio(bench.medians[OURS], bench.medians[name])
        points = f"{cheated[name][0]} of {len(CHECKS)}" if name in cheated else ""
        table.add_row(name, f"{bench.medians[name]:7.4f}", beside, points)
    facts = bench.facts(chosen.rounds) | {"cores": 1, "isolation": bench.isolation}
    facts |= {"of them by peers": len(few), "which pass": marks, "ids": ", ".join(CHECKS)}
    figures = {"medians": bench.medians, "seconds": bench.seconds, "a cheat gets": cheated}
    show(facts, table, figures, chosen.json)
    for made in PEERS:
        if lacks := missing(made):
            print(f"left out: {made.name}. To have it: pip install {' '.join(lacks)}")


if __name__ == "__main__":
    main()
