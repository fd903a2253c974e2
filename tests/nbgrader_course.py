"""nbgrader's course folder for module 01, and real nbgrader, without the user's own settings."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

from graders.course import Course
from tools.nbgrader.build import build_course
from tools.nbgrader.building import write_folder

from .conftest import HOUSE
from .shell import Done

ASSIGNMENT = "01_attention"


def make_course(course: Course, root: Path) -> Path:
    """Build the folder as ``course nbgrader build 01`` does."""
    write_folder(build_course(course, [course.module("01")], ""), root, force=False)
    return root


def isolated(home: Path) -> dict[str, str]:
    """Variables with which Jupyter and nbgrader find nothing of the user's own."""
    names = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    return dict.fromkeys(names, str(home)) | {
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(HOUSE),
        "PYTHONWARNINGS": "ignore",  # of nbgrader's own parts
    }


def nbgrader(folder: Path, *arguments: str) -> Done:
    """Run ``nbgrader`` in a course folder, as from a shell."""
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env=os.environ | isolated(home),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def scores(folder: Path, assignment: str = ASSIGNMENT) -> dict[str, float]:
    """The points of each student in the gradebook, by nbgrader's own interface."""
    from nbgrader.api import Gradebook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
            submissions = book.assignment_submissions(assignment)
            return {one.student.id: float(one.score) for one in submissions}
