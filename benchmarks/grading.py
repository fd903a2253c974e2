"""What grading costs, beside what it could cost: seconds and ratios, all taken in one run.

    python benchmarks/grading.py [--rounds 5] [--submissions 50] [--pytest 6] [--json FILE]

Cold: one command typed in a shell, from its start to its end.
  course grade     of a correct submission, and of one with a known mistake (which is also named)
  import torch     `python -c "import torch"`: no grader that runs learner code can take less
  plain pytest     `python -m pytest` on the same checks over the same correct submission: learner and
                   reference imported into pytest's own process, no plugin, no isolation, no diagnosis
Warm: per submission, over a mix of the reference, the other correct styles and known mistakes.
  course grade     through one grader; the first submission, which waits for torch, is in the batch row
  the whole batch  from the grader's start to its end, divided by the number of submissions
  plain pytest     as above, once per submission, over some of the mix (--pytest says how many)
  the floor        the bodies of the checks alone, learner and reference in one warm process

The rounds go through all of them in turn, so that what else the machine does meets all alike.
Read the ratios: how many times the row's median the command of the course takes, or saves. They
carry over to another machine; seconds do not. Nothing here passes or fails by its time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import track
from rich.table import Table

from graders.check import load_checks
from graders.errors import CourseError
from graders.fingerprint import official_seed
from graders.grade import Grader
from graders.inputs import Draw
from graders.local import Local
from graders.manifest import Course, Module, find_course
from graders.mistakes import load_variants
from graders.worker.launch import ONE_THREAD
from tools.grading import answers_for

ANSWERS = "reference_transformer"  # the reference under a name of its own, beside the learner's
MISTAKES = 5  # known mistakes in the mix
COLD, COLD_WRONG, TORCH, PYTEST = "cold", "cold, a mistake", "import torch", "cold pytest"
WARM, BATCH, WARM_PYTEST, FLOOR = "warm", "warm batch", "warm pytest", "floor"
CONFTEST = """import os
from pathlib import Path
import pytest
from graders.inputs import Draw
from graders.local import Local

@pytest.fixture(scope="session")
def learner(): return Local(Path(os.environ["SUBMISSION"]), {package!r})
@pytest.fixture(scope="session")
def reference(): return Local(Path({folder!r}), {answers!r})
@pytest.fixture
def draw(request): return Draw({seed!r}, request.function.check.id)
"""


class Bench:
    """What all rounds share: the submissions, the files of the peers, and what was measured."""

    def __init__(self, course: Course, module: Module, folder: Path, count: int) -> None:
        self.course, self.module, self.folder = course, module, folder
        self.seconds: dict[str, list[float]] = defaultdict(list)
        package = course.root / "reference" / course.package
        shutil.copytree(package, folder / ANSWERS)
        styles = sorted((course.root / "tests" / "solutions" / module.folder).iterdir())
        variants = load_variants(course, module)
        variants = variants[:: max(1, len(variants) // MISTAKES)][:MISTAKES]
        kinds = [None, *styles, *variants]
        self.mix: list[Path] = []
        for number in range(max(count, len(kinds))):
            kind = kinds[number % len(kinds)]
            root = folder / f"submission_{number:03}"
            work = shutil.copytree(package, root / course.package)
            if isinstance(kind, Path):
                shutil.copytree(kind, work, dirs_exist_ok=True)
            elif kind:
                (work / kind.file).write_text(kind.apply(package), encoding="utf-8")
            self.mix.append(root)
        self.right, self.wrong = self.mix[0], self.mix[len(kinds) - 1]
        del self.mix[count:]
        self.what = f"the reference, {len(styles)} other styles and {len(variants)} known mistakes"
        # the environment of all that is started: a submission is new, so nothing of it is compiled
        self.environment = os.environ | ONE_THREAD | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        self.environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
        self._write_pytest_peer()

    def _write_pytest_peer(self) -> None:
        peer = self.folder / "peer"
        peer.mkdir()
        (peer / "pytest.ini").write_text("[pytest]\n")
        names = {"package": self.course.package, "answers": ANSWERS, "folder": str(self.folder)}
        (peer / "conftest.py").write_text(CONFTEST.format(seed=official_seed(self.course), **names))
        checks = load_checks(self.module)
        for name in {check.function.__module__ for check in checks}:
            (peer / f"{name.rpartition('.')[2]}.py").write_text(f"from {name} import *\n")
        passed = re.search(r"(\d+) passed", self.pytest(self.right))
        if passed is None or int(passed[1]) != len(checks):
            raise CourseError(f"Plain pytest does not pass the {len(checks)} checks that the grader has.")

    def shell(self, name: str, *arguments: object, cwd: Path, **environment: str) -> str:
        """Run Python as from a shell, and note how long it took; its output."""
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=cwd,
            env=self.environment | environment,
            capture_output=True,
            text=True,
        )
        self.seconds[name].append(time.perf_counter() - started)
        if done.returncode not in (0, 1):  # 1: points are missing, tests failed
            raise CourseError(f"{name} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def pytest(self, submission: Path, name: str = PYTEST) -> str:
        arguments = ("-m", "pytest", "-q", "-p", "no:cacheprovider", ".")
        fresh = {"SUBMISSION": str(submission), "PYTHONDONTWRITEBYTECODE": "1"}
        return self.shell(name, *arguments, cwd=self.folder / "peer", **fresh)

    def cold(self) -> None:
        command = ("-c", "from tools.cli import main; main()", "grade", self.module.id)
        self.shell(TORCH, "-c", "import torch", cwd=self.folder)
        self.shell(COLD, *command, self.right, cwd=self.course.root)
        self.pytest(self.right)
        self.shell(COLD_WRONG, *command, self.wrong, cwd=self.course.root)

    def warm(self) -> None:
        started = time.perf_counter()
        with Grader(self.course, self.module, answers_for(self.course, self.module, None)) as grader:
            for number, submission in enumerate(self.mix):
                begun = time.perf_counter()
                report = grader.grade(submission)
                if number or len(self.mix) == 1:
                    self.seconds[WARM].append(time.perf_counter() - begun)
                if report.error:
                    raise CourseError(report.error)
        self.seconds[BATCH].append((time.perf_counter() - started) / len(self.mix))

    def round(self, pool: ProcessPoolExecutor, with_pytest: int) -> None:
        self.cold()
        self.warm()
        for submission in self.mix[:: -(-len(self.mix) // with_pytest)]:
            self.pytest(submission, WARM_PYTEST)
        path, module = self.course.path, self.module.id
        self.seconds[FLOOR] += pool.submit(floor, path, module, self.folder, self.mix).result()


def floor(course_path: Path, module_id: str, folder: Path, mix: list[Path]) -> list[float]:
    """Seconds of the checks' bodies for each submission, all in this process."""
    sys.dont_write_bytecode = True
    course = find_course(course_path.parent)
    checks, seed = load_checks(course.module(module_id)), official_seed(course)
    reference = Local(folder, ANSWERS)
    seconds = []
    for submission in mix[:1] + mix:  # the first one, which imports torch, does not count
        started = time.perf_counter()
        learner = Local(submission, course.package)
        for check in checks:
            try:
                check.function(learner, reference, Draw(seed, check.id))
            except Exception:  # it is not passed
                continue
        seconds.append(time.perf_counter() - started)
    return seconds[1:]


def table(seconds: dict[str, float], title: str, unit: str, rows: dict[str, str], own: str) -> Table:
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    made.add_column("")
    for name in (unit, f"{rows[own]} takes"):
        made.add_column(name, justify="right")
    for key, text in rows.items():
        ratio = seconds[own] / seconds[key]
        shown = f"1/{1 / ratio:.1f} of it" if ratio < 0.95 else f"{ratio:.2f} x it"
        made.add_row(text, f"{seconds[key]:.3f}", "" if key == own else shown)
    return made


def main() -> None:
    """Measure, show, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for option, default in (("--rounds", 5), ("--submissions", 50), ("--pytest", 6)):
        parser.add_argument(option, type=int, default=default, metavar="N")
    parser.add_argument("--module", default="01")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
