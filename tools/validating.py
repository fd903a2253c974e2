"""What ``course validate`` does: run the commands that check the course, one table of what came of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from graders.course import Course

from .place import own_house

GOOD, FAILED = 0, 1
COURSE = "import sys; from tools.cli import main; sys.argv[0] = 'course'; main()"
# tests of what all else rests on: manifest, stubs, comparison, inputs
QUICK_TESTS = ("bad_manifest", "regions", "strip", "compare", "inputs")
PARALLEL = ("-n", "auto", "--dist", "loadfile")  # on all cores, each file in one process
_SHOWN = 15  # lines of the output of a step that failed
_PASSED = re.compile(r"(\d+) passed")
_CHECKS = re.compile(r"(\d+) checks")


@dataclass(frozen=True)
class Step:
    """A command, run with this Python in the course's folder."""

    name: str
    arguments: Sequence[str]  # of Python
    things: str  # what it runs
    count: Callable[[str], int]  # how many of them ran, from what it printed on standard output


@dataclass(frozen=True)
class Ran:
    """What came of a step."""

    step: Step
    count: int
    seconds: float
    code: int
    output: str

    @property
    def problem(self) -> str:
        """Why it failed; "" where it did not. To have run nothing is to have failed."""
        if self.code:
            return f"exit code {self.code}"
        return "" if self.count else "nothing ran"


def passed_tests(output: str) -> int:
    """How many tests passed, from the last line of pytest that says so."""
    found = _PASSED.findall(output)
    return int(found[-1]) if found else 0


def checks_proved(output: str) -> int:
    """How many checks failed on the stubs and passed on the reference, from a release's proof."""
    proof = _json(output)
    claims = proof.get("proof", []) if isinstance(proof, dict) else []
    told = " ".join(str(claim["detail"]) for claim in claims)
    found = _CHECKS.findall(told)
    return int(found[0]) if found else 0


def pieces_run(output: str) -> int:
    """How many blocks and cells ran, from ``tests.run_texts --json``; 0 where a notebook has none."""
    ran = _json(output.strip().splitlines()[-1] if output.strip() else "")
    if not isinstance(ran, list):
        return 0
    empty = any(one["path"].endswith("notebook.py") and not one["pieces"] for one in ran)
    return 0 if empty else sum(one["pieces"] for one in ran)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def steps_of(course: Course, quick: bool, scratch: Path) -> list[Step]:
    """The steps, the quick ones first."""
    modules = course.modules[:1] if quick else course.modules
    names = [module.id for module in modules]
    tests = [f"tests/test_{name}.py" for name in QUICK_TESTS] if quick else []
    texts: list[str] = []
    if quick:
        folders = ("assignments/00_setup", *(f"assignments/{module.folder}" for module in modules))
        found = [file for folder in folders for file in (course.root / folder).glob("*.*")]
        texts = [
            file.relative_to(course.root).as_posix()
            for file in sorted(found)
            if file.suffix == ".md" or file.name == "notebook.py"
        ]
    release = ["-c", COURSE, "release", *names, "--out", str(scratch / "copy"), "--json"]
    return [
        Step(
            "texts and notebooks",
            ["-m", "tests.run_texts", "--json", *texts],
            "blocks and cells",
            pieces_run,
        ),
        Step("graders on stubs and reference", release, "checks", checks_proved),
        Step("tests", ["-m", "pytest", *PARALLEL, *tests], "tests", passed_tests),
    ]


def run_step(step: Step, root: Path) -> Ran:
    """Run a step to its end."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, *step.arguments],
        cwd=root,
        # one thread for each process: there are as many of them as cores
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    seconds = time.monotonic() - started
    return Ran(step, step.count(done.stdout), seconds, done.returncode, done.stderr + done.stdout)


def validate_course(quick: bool) -> int:
    """Run all steps, show a table, and return the exit code.

    Raises:
        CourseError: this is a student copy.
    """
    course = own_house("validate against (for your machine there is `course verify`)")
    with tempfile.TemporaryDirectory(prefix="course-validate-") as scratch:
        steps = steps_of(course, quick, Path(scratch))
        return run_steps(steps, course.root, Console())


def run_steps(steps: Sequence[Step], root: Path, console: Console) -> int:
    """Run steps one after the other, failed ones too, and show what came of them; the exit code."""
    ran: list[Ran] = []
    for step in steps:
        with console.status(f"{step.name} …"):
            ran.append(run_step(step, root))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("step")
    table.add_column("ran", justify="right")
    table.add_column("")
    table.add_column("seconds", justify="right")
    table.add_column("result")
    for one in ran:
        result = one.problem or "good"
        table.add_row(
            one.step.name,
            str(one.count),
            one.step.things,
            f"{one.seconds:.1f}",
            Text(result, style="red" if one.problem else "green"),
        )
    for one in ran:
        if one.problem:
            console.print(Text(f"--- {one.step.name}: {one.problem}", style="bold"))
            for line in one.output.strip().splitlines()[-_SHOWN:]:
                console.print(Text(line), soft_wrap=True)
    console.print(table)
    return FAILED if not ran or any(one.problem for one in ran) else GOOD
