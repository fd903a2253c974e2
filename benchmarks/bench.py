"""What the benchmarks share: a mix of submissions, ways to grade it, and tables.

Other load on the machine meets all alike where rounds go through everything in turn. Ratios carry
over to other machines, seconds do not. Nothing passes or fails by its time.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from itertools import cycle, pairwise
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from graders.check import Check, load_checks
from graders.course import Course, Module
from graders.errors import CourseError
from graders.grade import Grader
from graders.inputs import Draw
from graders.local import Local
from graders.mistakes import Variant, load_variants
from graders.outcomes import Outcome
from graders.worker.launch import HOUSE, ONE_THREAD
from tools.cores import usable_cores
from tools.house import answers_for

ANSWERS = "reference_transformer"  # the reference under a name of its own, beside the learner's
SEED = "benchmark"
MISTAKES = 5  # known mistakes in the mix
COURSE = ("-c", "from tools.cli import main; main()")
OURS, FLOOR = "course grade, each", "the floor, each"
PYTEST = "plain pytest, each"
BATCH = "course grade, whole batch"
COMPILED = shutil.ignore_patterns("__pycache__")
# what plain pytest, a notebook and otter's tests have in common: all in one process
SHARED = """import os, pathlib, graders.inputs, graders.local
learner = graders.local.Local(pathlib.Path(os.environ.get("SUBMISSION", ".")).resolve(), {package!r})
reference = graders.local.Local(pathlib.Path(__file__).parent, {answers!r})
def run(function):
    function(learner, reference, graders.inputs.Draw({seed!r}, function.check.id))
"""
CONFTEST = """import pytest, shared, graders.inputs
@pytest.fixture
def learner(): return shared.learner
@pytest.fixture
def reference(): return shared.reference
@pytest.fixture
def draw(request): return graders.inputs.Draw({seed!r}, request.function.check.id)
"""


class Bench:
    """A mix of submissions of a module, and what grading them was measured to take.

    Args:
        folder: an empty one, or one to be made.
        count: how many submissions.
        wanted: ids of the checks to run on them; all, if there are none.
    """

    def __init__(
        self, course: Course, module: Module, folder: Path, count: int, wanted: Collection[str] = ()
    ) -> None:
        self.course, self.module, self.folder = course, module, folder
        self.checks = chosen_checks(module, wanted)
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.mix = [folder / "class" / f"submission_{number:04}" for number in range(count)]
        self._make_submissions()

    def _make_submissions(self) -> None:
        package = self.course.root / "reference" / self.course.package
        styles = sorted((self.course.root / "tests" / "solutions" / self.module.folder).glob("*"))
        exercises = {check.exercise for check in self.checks}
        variants = load_variants(self.course, self.module)
        variants = [variant for variant in variants if variant.mistake.exercise in exercises]
        variants = variants[:: -(-len(variants) // MISTAKES)]
        kinds: list[Path | Variant] = [package, variants[0], *styles, *variants[1:]]
        self.kinds = len(kinds)
        for root, kind in zip(self.mix, cycle(kinds), strict=False):
            work = shutil.copytree(package, root / package.name, ignore=COMPILED)
            if isinstance(kind, Path):
                shutil.copytree(kind, work, ignore=COMPILED, dirs_exist_ok=True)
            else:
                (work / kind.file).write_text(kind.apply(package), encoding="utf-8")
        self.what = f"the reference, {len(styles)} other styles, {len(variants)} known mistakes"

    def make_pytest_files(self) -> None:
        """What the checks need to be run by plain pytest, or by anything that runs functions.

        Raises:
            CourseError: the reference does not pass all of them.
        """
        package = self.course.root / "reference" / self.course.package
        shutil.copytree(package, self.folder / ANSWERS, ignore=COMPILED)
        names = {"package": self.course.package, "answers": ANSWERS, "seed": SEED}
        (self.folder / "pytest.ini").write_text("[pytest]\n")
        (self.folder / "shared.py").write_text(SHARED.format(**names))
        (self.folder / "conftest.py").write_text(CONFTEST.format(**names))
        files: dict[str, list[str]] = defaultdict(list)
        for check in self.checks:
            files[check.function.__module__].append(import_of(check))
        for name, imports in files.items():
            (self.folder / f"{name.rpartition('.')[2]}.py").write_text("".join(imports))
        if self.pytest(PYTEST, self.mix[0]) != (passed := len(self.checks)):
            raise CourseError(f"Expected {passed} checks to pass under plain pytest, not fewer.")

    def python(
        self,
        name: str,
        *arguments: str | Path,
        cwd: Path,
        good: Collection[int] = (0, 1),  # 1: points are missing, tests failed
        more: Mapping[str, str] = {},
    ) -> str:
        """Run Python as from a shell and note how long it took; its output.

        Args:
            more: variables of its environment.

        Raises:
            CourseError: it did not end with a good exit code.
        """
        environment = os.environ | ONE_THREAD | {"PYTHONPATH": HOUSE, **more}
        command, started = [sys.executable, *arguments], time.perf_counter()
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
        self.seconds[name].append(time.perf_counter() - started)
        if done.returncode not in good:
            raise CourseError(f"{name} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def pytest(self, name: str, submission: Path) -> int:
        """Run plain pytest; a submission is new, so nothing of it was compiled before.

        Returns:
            how many checks passed.
        """
        switched_on = ("PYTHONDONTWRITEBYTECODE", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
        more = {"SUBMISSION": str(submission)} | dict.fromkeys(switched_on, "1")
        command = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += map(str, self.folder.glob("test_*.py"))
        said = self.python(name, *command, cwd=self.folder, more=more)
        passed = re.search(r"(\d+) passed", said.rpartition("\n=")[2])
        return int(passed[1]) if passed else 0

    def grade(self, mix: Sequence[Path]) -> list[int]:
        """Grade submissions as a batch does, in a sandbox; the first one, which waits for torch, is
        left out of what each takes.

        Returns:
            of each, how many checks passed.
        """
        module, times, passed = (self.course, self.module), [time.perf_counter()], []
        with Grader(*module, answers_for(*module, SEED)) as grader:
            self.isolation = grader.protection.level
            grader.checks = self.checks
            for submission in mix:
                report = grader.grade(submission)
                if report.error:
                    raise CourseError(report.error)
                passed.append(sum(v.outcome is Outcome.PASSED for v in report.verdicts))
                times.append(time.perf_counter())
        self.seconds[BATCH].append((time.perf_counter() - times[0]) / len(mix))
        self.seconds[OURS] += [end - begin for begin, end in pairwise(times[1:])]
        return passed

    def bare(self, pool: ProcessPoolExecutor, mix: Sequence[Path]) -> list[int]:
        """Run the bodies of the checks alone, learner and reference in one warm process.

        Returns:
            of each submission, how many checks passed.
        """
        wanted = [check.id for check in self.checks]
        done = pool.submit(_floor, self.course, self.module, self.folder, [*mix], wanted).result()
        self.seconds[FLOOR] += done[0]
        return done[1]

    @property
    def medians(self) -> dict[str, float]:
        """Of all that was measured."""
        return {name: median(values) for name, values in self.seconds.items()}

    def facts(self, rounds: int) -> dict[str, Any]:
        """What the figures are of."""
        known: dict[str, Any] = {"python": platform.python_version(), "torch": version("torch")}
        known |= {"cores": usable_cores(), "module": self.module.id, "checks": len(self.checks)}
        return known | {"rounds": rounds, "submissions": len(self.mix), "a mix of": self.what}


def chosen_checks(module: Module, wanted: Collection[str]) -> list[Check]:
    """The checks of a module with these ids; all of it, if there are none.

    Raises:
        CourseError: one is not there.
    """
    checks = load_checks(module)
    if unknown := {*wanted} - {check.id for check in checks}:
        raise CourseError(f"Module {module.id} has no checks {sorted(unknown)}. Choose others.")
    return [check for check in checks if not wanted or check.id in wanted]


def import_of(check: Check) -> str:
    """The line of Python that imports a check's function."""
    return f"from {check.function.__module__} import {check.function.__name__}\n"


def _floor(
    course: Course, module: Module, folder: Path, mix: list[Path], wanted: list[str]
) -> tuple[list[float], list[int]]:
    """Of each submission but the first, the seconds of the checks' bodies; of each, what passed."""
    os.environ.update(ONE_THREAD)
    sys.dont_write_bytecode = True
    warnings.simplefilter("ignore")
    checks, passed = chosen_checks(module, wanted), []
    reference, times = Local(folder, ANSWERS), [time.perf_counter()]
    for submission in mix:
        learner = Local(submission, course.package)
        passed.append(0)
        for check in checks:
            nowhere = contextlib.redirect_stdout(io.StringIO())
            with nowhere, contextlib.suppress(Exception):  # it is not passed
                check.function(learner, reference, Draw(SEED, check.id))
                passed[-1] += 1
        times.append(time.perf_counter())
    return [end - begin for begin, end in pairwise(times[1:])], passed


def parser(about: str | None, **numbers: int) -> argparse.ArgumentParser:
    """The options of a benchmark: these numbers, by name, and where to write what was measured."""
    made = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    for name, default in numbers.items():
        made.add_argument(f"--{name}", type=int, default=default, metavar="N")
    made.add_argument("--json", type=Path, metavar="FILE")
    return made


def rounds_of(count: int) -> Iterable[int]:
    """The rounds, with a bar on the terminal."""
    return track(range(count), "measuring", console=Console(stderr=True))


def ratio(own: float, other: float) -> str:
    """How long one takes beside another, in words."""
    return f"{own / other:.2f} x as long" if own > other / 2 else f"1/{other / own:.1f} as long"


def show(facts: Mapping[str, Any], table: Table, figures: Any, file: Path | None) -> None:
    """Print what was measured, and write it to ``file`` with all single figures."""
    print("; ".join(f"{name}: {fact}" for name, fact in facts.items()))
    Console().print(table)
    if file:
        file.write_text(json.dumps({**facts, **figures}, indent=1) + "\n", encoding="utf-8")
