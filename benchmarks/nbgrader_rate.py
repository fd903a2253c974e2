"""`nbgrader autograde` on a class, module 01: its own Execute, our preprocessor, and begun sooner.

    python benchmarks/nbgrader_rate.py [--rounds 3] [--submissions 10] [--jobs 2] [--json FILE]

Each is the whole command as from a shell, its start included, on the same submissions in the same
course folder, as `course nbgrader build` makes it.
  Execute          nbgrader's own preprocessors: a kernel for each submission, which runs all cells
  ours             `nbgrader autograde`: one writer, and verdicts by processes on the other cores
  ours, N jobs     `course nbgrader autograde --jobs N`: the same, but they start while nbgrader does
Before anything is timed, all must give the same points for honest work. Then come notebooks that
claim points which they do not deserve.

Needs nbgrader and ipykernel: pip install -e ".[nbgrader,dev]".
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import cycle
from pathlib import Path
from statistics import median

from bench import COURSE, parser, ratio, rounds_of, show
from rich.console import Console
from rich.table import Table

from graders.errors import CourseError
from graders.manifest import find_course
from graders.worker.launch import HOUSE
from release.write import write_tree
from tools.cores import usable_cores
from tools.nbgrader.build import build_course

sys.path.insert(0, HOUSE)  # for the class that is handed in
from tests.handed_notebooks import ALL, NONE, Maker, Places
from tests.nbgrader_course import isolated, scores
from tests.notebook_class import HOSTILE, Learners

MODULE = "01"
EXECUTE, OURS = "nbgrader, its own Execute", "nbgrader, our preprocessor"
MISTAKES = ("a1", "a2", "a4")
PLAIN = """import os, sys
sys.path.insert(0, {house!r})
os.environ["COURSE_MANIFEST"] = {manifest!r}
c = get_config()
c.CourseDirectory.course_id = "bench"
c.Execute.timeout = 60
"""


def processor_seconds() -> float:
    """Of all processes that have ended, in all."""
    used = os.times()
    return used.children_user + used.children_system


class Class:
    """A course folder with submissions, and what grading them was measured to take."""

    def __init__(self, root: Path, count: int, jobs: int) -> None:
        course = find_course(Path(HOUSE))
        self.places = Places(root / "course", course, course.module(MODULE))
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.processor: dict[str, list[float]] = defaultdict(list)
        (root / "home").mkdir()
        self._root, self._count = root, count
        write_tree(build_course(course, [self.places.module], ""), self.places.root, force=False)
        self._run(["-m", "nbgrader", "generate_assignment", self.places.module.folder])
        shutil.copy(self.places.root / "gradebook.db", root / "empty.db")
        self._config = self.places.root / "nbgrader_config.py"
        ours = self._config.read_text()
        plain = PLAIN.format(house=HOUSE, manifest=str(course.path))
        autograde = ["nbgrader", "autograde", self.places.module.folder]
        self.several = f"the same, {jobs} jobs"
        self.ways = {
            EXECUTE: (["-m", *autograde], plain),
            OURS: (["-m", *autograde], ours),
            self.several: ([*COURSE, *autograde, "--jobs", str(jobs)], ours),
        }

    def _run(self, arguments: list[str], good: tuple[int, ...] = (0,)) -> None:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.places.root,
            env=os.environ | isolated(self._root / "home"),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode not in good:
            raise CourseError(f"{arguments} ended with {done.returncode}: {done.stderr[-2000:]}")

    def hand_in(self) -> None:
        """Right and wrong work, in turn."""
        maker = Maker(self.places)
        kinds = [maker.answers, maker.mistaken("a1"), maker.style("by_hand")[0]]
        kinds += [maker.mistaken(name) for name in MISTAKES[1:]]
        for number, solutions in zip(range(self._count), cycle(kinds), strict=False):
            maker.write(f"learner_{number:03}", ALL, solutions)

    def hand_in_hostile(self, name: str) -> None:
        """Work that deserves nothing, and wants points; nobody else's."""
        shutil.rmtree(self.places.root / "submitted")
        learners = Learners(self.places)
        learners.hostile(name, HOSTILE[name])
        assert {*learners.deserved.values()} == {NONE}

    def grade(self, way: str, good: tuple[int, ...] = (0,)) -> dict[str, float]:
        """Grade all anew; the points of each. What was not graded has none."""
        arguments, config = self.ways[way]
        shutil.rmtree(self.places.root / "autograded", ignore_errors=True)
        shutil.copy(self._root / "empty.db", self.places.root / "gradebook.db")
        self._config.write_text(config)
        started, used = time.perf_counter(), processor_seconds()
        self._run(arguments, good)
        self.seconds[way].append((time.perf_counter() - started) / self._count)
        self.processor[way].append((processor_seconds() - used) / self._count)
        return scores(self.places.root)


def main() -> None:
    """Check the points, measure, show, write."""
    options = parser(__doc__, rounds=3, submissions=10, jobs=2)
    chosen = options.parse_args()
    if chosen.rounds < 1 or chosen.submissions < 2 or chosen.jobs < 1:
        options.error("at least 1 round of 2 submissions, by 1 job")
    with tempfile.TemporaryDirectory() as folder:
        made = Class(Path(folder), chosen.submissions, chosen.jobs)
        made.hand_in()
        points: dict[str, dict[str, float]] = {}
        for _ in rounds_of(chosen.rounds):
            for way in made.ways:
                points[way] = made.grade(way)
                if points[way] != points[EXECUTE]:
                    raise CourseError(f"{way} gives {points[way]}, Execute {points[EXECUTE]}.")
        medians = {way: median(times) for way, times in made.seconds.items()}
        processor = {way: median(times) for way, times in made.processor.items()}
        hostile: dict[str, dict[str, float]] = {way: {} for way in made.ways}
        for name in HOSTILE:  # alone: one of them gives points to all who are graded with it
            made.hand_in_hostile(name)
            for way in made.ways:
                hostile[way] |= made.grade(way, (0, 1))
    columns = ("", "seconds, each", "of a processor", "takes", "of a processor")
    table = Table(*columns, box=None, pad_edge=False)
    for way, seconds in medians.items():
        beside = ratio(seconds, medians[EXECUTE]), ratio(processor[way], processor[EXECUTE])
        row = (way, f"{seconds:.3f}", f"{processor[way]:.3f}")
        table.add_row(*row, *(beside if way != EXECUTE else ()))
    cheats = Table("a hostile notebook gets", *hostile, box=None, pad_edge=False)
    for name in sorted(hostile[EXECUTE]):
        cheats.add_row(name, *(f"{found[name]:.0f}" for found in hostile.values()))
    facts = {"module": MODULE, "submissions": chosen.submissions, "rounds": chosen.rounds}
    facts |= {"cores": usable_cores()}
    figures = {"medians": medians, "processor": processor, "hostile": hostile}
    show(facts, table, figures, chosen.json)
    Console().print(cheats)


if __name__ == "__main__":
    main()
