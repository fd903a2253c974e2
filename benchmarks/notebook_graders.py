"""nbgrader and otter-grader, set up as an instructor would, to run the checks of a ``Bench``.

Each grades a notebook beside which the submitted package lies. Its tests, one for each check, run
the same body as our grader does, on the learner's work and the reference, in the notebook's kernel.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from bench import Bench, import_of

from graders.worker.launch import HOUSE

NAME = "attention"  # of the assignment and its notebook
NBGRADER, OTTER = "nbgrader autograde, each", "otter run, each"
NBGRADER_CONFIG = """c = get_config()
c.CourseDirectory.course_id = "bench"
c.Exchange.root = "exchange"
"""
OTTER_TEST = """OK_FORMAT = False
from otter.test_files import test_case
name, points = {name!r}, 1
@test_case(points=1)
def case():
    import shared
    {line}    shared.run({function})
"""


class Peer(Protocol):
    """Another grader. It notes in ``bench.seconds``, under its name, what a submission takes."""

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]  # packages

    def __init__(self, bench: Bench) -> None:
        """Set it up in the bench's folder."""

    def grade(self, mix: Sequence[Path]) -> list[int]:
        """Grade submissions; of each, how many checks passed."""


def missing(peer: type[Peer]) -> list[str]:
    """The packages that it needs and that are not installed."""
    return [name for name in peer.needs if not importlib.util.find_spec(name.partition("-")[0])]


def _environment(bench: Bench) -> dict[str, str]:
    """Nothing of the user's own settings, and nothing left behind; commands and tests are found."""
    home = bench.folder / "home"
    names = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    return dict.fromkeys(names, str(home)) | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([HOUSE, str(bench.folder)]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _cell(name: str, source: str, **nbgrader: Any) -> dict[str, Any]:
    marks = {"schema_version": 3, "grade_id": name, "grade": False, "task": False} | nbgrader
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {"nbgrader": marks},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def _write_notebook(folder: Path, bench: Bench, with_tests: bool) -> None:
    work = f"import {bench.course.package}.attention"
    cells = [_cell("work", work, solution=True, locked=False)]
    for check in bench.checks if with_tests else ():
        source = f"import shared\n{import_of(check)}shared.run({check.function.__name__})"
        name = check.id.replace(".", "_").replace("/", "_")
        cells.append(_cell(name, source, grade=True, solution=False, locked=True, points=1))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    about = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(about), encoding="utf-8")


class Nbgrader:
    """A course of one assignment, its tests in locked cells worth a point each."""

    name: ClassVar[str] = NBGRADER
    needs: ClassVar[tuple[str, ...]] = ("nbgrader", "ipykernel")

    def __init__(self, bench: Bench) -> None:
        self._bench, self._course = bench, bench.folder / "nbgrader"
        _write_notebook(self._course / "source" / NAME, bench, with_tests=True)
        (self._course / "nbgrader_config.py").write_text(NBGRADER_CONFIG)
        self._run("nbgrader generate_assignment", "generate_assignment", NAME)

    def _run(self, name: str, *arguments: str) -> None:
        command, more = ("-m", "nbgrader", *arguments), _environment(self._bench)
        self._bench.python(name, *command, cwd=self._course, good=(0,), more=more)

    def grade(self, mix: Sequence[Path]) -> list[int]:
        """Grade submissions with one command; each takes its share of that."""
        submitted = self._course / "submitted"
        shutil.rmtree(submitted, ignore_errors=True)
        for submission in mix:
            folder = shutil.copytree(submission, submitted / submission.name / NAME)
            _write_notebook(folder, self._bench, with_tests=True)
        self._run(self.name, "autograde", NAME, "--force")
        whole = self._bench.seconds[self.name].pop()
        self._bench.seconds[self.name] += [whole / len(mix)] * len(mix)
        self._run("nbgrader export", "export")
        with (self._course / "grades.csv").open(encoding="utf-8", newline="") as file:
            scores = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(file)}
        return [int(scores[submission.name]) for submission in mix]


class Otter:
    """An autograder of one test file for each check, run without a container."""

    name: ClassVar[str] = OTTER
    needs: ClassVar[tuple[str, ...]] = ("otter-grader", "ipykernel")

    def __init__(self, bench: Bench) -> None:
        self._bench, self._folder = bench, bench.folder / "otter"
        (self._folder / "tests").mkdir(parents=True)
        for check in bench.checks:
            name, function = check.id.replace("/", "_"), check.function.__name__
            text = OTTER_TEST.format(name=name, line=import_of(check), function=function)
            (self._folder / "tests" / f"{name}.py").write_text(text, encoding="utf-8")
        self._run("otter generate", "generate", "-t", "tests", "-o", "autograder.zip")

    def _run(self, name: str, *arguments: str) -> None:
        command, more = ("-m", "otter", *arguments), _environment(self._bench)
        self._bench.python(name, *command, cwd=self._folder, good=(0,), more=more)

    def grade(self, mix: Sequence[Path]) -> list[int]:
        """Grade submissions, with a command for each."""
        passed = []
        for submission in mix:
            work = shutil.copytree(submission, self._folder / submission.name, dirs_exist_ok=True)
            _write_notebook(work, self._bench, with_tests=False)
            packed = shutil.make_archive(str(work), "zip", work)
            self._run(self.name, "run", "-a", "autograder.zip", "--no-logo", packed)
            results = json.loads((self._folder / "results.json").read_bytes())
            passed.append(int(sum(test.get("score", 0) for test in results["tests"])))
        return passed
