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
Rounds go through all of it in turn, so that other load on the machine meets all alike. Read the
ratios: they carry over to other machines, seconds do not. Nothing passes or fails by its time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import track
from rich.table import Table

from graders.check import load_checks
from graders.errors import CourseError
from graders.grade import Grader
from graders.inputs import Draw
from graders.local import Local
from graders.manifest import Course, Module, find_course
from graders.mistakes import load_variants
from graders.worker.launch import HOUSE, ONE_THREAD
from tools.house import answers_for

ANSWERS = "reference_transformer"  # the reference under a name of its own, beside the learner's
SEED = "benchmark"
MISTAKES = 5  # known mistakes in the mix
COLD, WRONG, TORCH = "course grade", "course grade, a known mistake", "python -c 'import torch'"
WARM, FLOOR, BATCH = "course grade, each", "the floor, each", "course grade, whole batch"
PYTEST, PYTEST_EACH = "plain pytest", "plain pytest, each"
COLD_ROWS, WARM_ROWS = (COLD, TORCH, PYTEST, WRONG), (WARM, FLOOR, PYTEST_EACH, BATCH)
CONFTEST = """import os, pathlib, pytest, graders.inputs, graders.local
@pytest.fixture(scope="session")
def learner(): return graders.local.Local(pathlib.Path(os.environ["SUBMISSION"]), {0.course.package!r})
@pytest.fixture(scope="session")
def reference(): return graders.local.Local(pathlib.Path(__file__).parent, {1!r})
@pytest.fixture
def draw(request): return graders.inputs.Draw({0.seed!r}, request.function.check.id)
"""


class Bench:
    """What all rounds share: the submissions, the files for pytest, and what was measured."""

    def __init__(self, course: Course, module: Module, folder: Path, count: int) -> None:
        self.course, self.module, self.folder = course, module, folder
        self.checks, self.seed = load_checks(module), SEED
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.mix = [folder / f"submission_{number:03}" for number in range(count)]
        self._make_submissions()
        self._make_pytest_files()

    def _make_submissions(self) -> None:
        package = self.course.root / "reference" / self.course.package
        shutil.copytree(package, self.folder / ANSWERS)
        styles = sorted((self.course.root / "tests" / "solutions" / self.module.folder).glob("*"))
        variants = load_variants(self.course, self.module)
        variants = variants[:: -(-len(variants) // MISTAKES)]
        kinds = [None, variants[0], *styles, *variants[1:]]
        for number, root in enumerate(self.mix):
            work = shutil.copytree(package, root / self.course.package)
            kind = kinds[number % len(kinds)]
            if isinstance(kind, Path):
                shutil.copytree(kind, work, dirs_exist_ok=True)
            elif kind:
                (work / kind.file).write_text(kind.apply(package), encoding="utf-8")
        self.what = f"the reference, {len(styles)} other styles, {len(variants)} known mistakes"

    def _make_pytest_files(self) -> None:
        (self.folder / "pytest.ini").write_text("[pytest]\n")
        (self.folder / "conftest.py").write_text(CONFTEST.format(self, ANSWERS))
        for name in {check.function.__module__ for check in self.checks}:
            (self.folder / f"{name.rpartition('.')[2]}.py").write_text(f"from {name} import *\n")
        if f"\n{len(self.checks)} passed" not in (said := self.pytest(PYTEST, self.mix[0])):
            raise CourseError(f"Expected {len(self.checks)} checks to pass under pytest: {said}")

    def python(self, name: str, *arguments: str | Path, cwd: Path, **variables: str) -> str:
        """Run Python as from a shell and note how long it took; its output."""
        environment = os.environ | ONE_THREAD | {"PYTHONPATH": HOUSE} | variables
        command, started = [sys.executable, *arguments], time.perf_counter()
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
        self.seconds[name].append(time.perf_counter() - started)
        if done.returncode not in (0, 1):  # 1: points are missing, tests failed
            raise CourseError(f"{name} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def pytest(self, name: str, submission: Path) -> str:
        """Run plain pytest; a submission is new, so nothing of it was compiled before."""
        switched_on = ("PYTHONDONTWRITEBYTECODE", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
        variables = {"SUBMISSION": str(submission)} | dict.fromkeys(switched_on, "1")
        command = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += map(str, self.folder.glob("test_*.py"))
        return self.python(name, *command, cwd=self.folder, **variables)

    def cold(self) -> None:
        """One of each command."""
        grade = ("-c", "from tools.cli import main; main()", "grade", self.module.id)
        self.python(TORCH, "-c", "import torch", cwd=self.folder)
        self.python(COLD, *grade, self.mix[0], cwd=self.course.root)
        self.pytest(PYTEST, self.mix[0])
        self.python(WRONG, *grade, self.mix[1], cwd=self.course.root)

    def warm(self, pool: ProcessPoolExecutor, with_pytest: int) -> None:
        """Grade the mix; then the floor, and pytest on some of it."""
        module, times = (self.course, self.module), [time.perf_counter()]
        with Grader(*module, answers_for(*module, None)) as grader:
            for submission in self.mix:
                if problem := grader.grade(submission).error:
                    raise CourseError(problem)
                times.append(time.perf_counter())
        self.seconds[BATCH].append((time.perf_counter() - times[0]) / len(self.mix))
        self.seconds[WARM] += [end - begin for begin, end in pairwise(times[1:])]
        self.seconds[FLOOR] += pool.submit(floor, *module, self.folder, self.mix).result()
        for submission in self.mix[:: -(-len(self.mix) // with_pytest)]:
            self.pytest(PYTEST_EACH, submission)


def floor(course: Course, module: Module, folder: Path, mix: list[Path]) -> list[float]:
    """Seconds of the checks' bodies for each submission but the first, all in this process."""
    os.environ.update(ONE_THREAD)
    sys.dont_write_bytecode = True
    checks, seed = load_checks(module), SEED
    reference, times = Local(folder, ANSWERS), [time.perf_counter()]
    for submission in mix:
        learner = Local(submission, course.package)
        for check in checks:
            with contextlib.suppress(Exception):  # it is not passed
                check.function(learner, reference, Draw(seed, check.id))
        times.append(time.perf_counter())
    return [end - begin for begin, end in pairwise(times[1:])]


def main() -> None:
    """Measure, show, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for option, default in (("--rounds", 5), ("--submissions", 50), ("--pytest", 6)):
        parser.add_argument(option, type=int, default=default, metavar="N")
    parser.add_argument("--module", default="01")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.rounds < 1 or options.submissions < 2 or options.pytest < 1:
        parser.error("at least 1 round of 2 submissions, pytest on 1 of them")
    course, spawn = find_course(Path(__file__).parent), get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1, spawn) as pool:
        bench = Bench(course, course.module(options.module), Path(folder), options.submissions)
        bench.cold()
        bench.seconds.clear()  # that was for the machine's file cache
        for _ in track(range(options.rounds), "measuring", console=Console(stderr=True)):
            bench.cold()
            bench.warm(pool, options.pytest)
    medians = {name: median(values) for name, values in bench.seconds.items()}
    facts: dict[str, object] = {"python": platform.python_version(), "torch": version("torch")}
    facts |= {"cores": os.cpu_count(), "module": bench.module.id, "checks": len(bench.checks)}
    facts |= {"rounds": options.rounds, "submissions": len(bench.mix), "a mix of": bench.what}
    facts["of them under pytest"] = len(bench.seconds[PYTEST_EACH]) // options.rounds
    print("medians; " + "; ".join(f"{name}: {fact}" for name, fact in facts.items()))
    table = Table("", "seconds", "course grade takes", box=None, pad_edge=False)
    for own, *others in (COLD_ROWS, WARM_ROWS):
        table.add_row(f"[bold]{'cold' if own == COLD else 'warm, per submission'}")
        for name in (own, *others):
            ratio = medians[own] / medians[name]
            text = f"{ratio:.2f} x as long" if ratio > 0.5 else f"1/{1 / ratio:.1f} as long"
            table.add_row(f"  {name}", f"{medians[name]:7.3f}", "" if name == own else text)
    Console().print(table)
    if options.json:
        facts |= {"medians": medians, "seconds": bench.seconds}
        options.json.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
