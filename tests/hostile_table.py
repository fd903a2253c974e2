"""Print what each hostile submission tries, and what it gets: ``python -m tests.hostile_table``."""

from __future__ import annotations

import shutil
import socket
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from graders.answers import LiveAnswers
from graders.grade import Grader
from graders.manifest import load_course
from graders.worker.launch import Launcher

from .conftest import HOUSE, REFERENCE
from .hostile_corpus import (
    CORPUS,
    EXERCISE,
    ONLY_IN_A_WORKER,
    PRACTICE,
    WRONG,
    hostile,
    plain_pytest,
)


def main() -> None:
    """Run the corpus through plain pytest and through the grader; one line for each."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as door:
        root, port = Path(folder), door.getsockname()[1]
        names = [name for name in CORPUS if not name.startswith(ONLY_IN_A_WORKER)]
        codes = plain_pytest([*names, WRONG], root / "plain", port)
        table, stolen, level = _graded(codes, root, port)
    Console(width=150).print(table)
    print(
        f"{len(CORPUS)} submissions. Plain pytest gave {sum(code == 0 for code in codes.values())} "
        f"of {len(names)} full marks; the grader, at level {level}, {stolen} points in all."
    )


def _graded(codes: dict[str, int], root: Path, port: int) -> tuple[Table, int, str]:
    course = load_course(HOUSE / "course.toml")
    course = replace(course, limits=replace(course.limits, check_seconds=1))
    module = course.module(EXERCISE.partition(".")[0])

    def answers(launcher: Launcher) -> LiveAnswers:
        return LiveAnswers(course, module, launcher, "table", "table")

    table = Table("submission", "tries", "plain pytest", EXERCISE, "the rest", "outcome")
    stolen, level = 0, ""
    with Grader(course, module, answers) as grader:
        for name in track(CORPUS, "grading"):
            report = grader.grade(_submission(name, root / name, course.package, port))
            got = report.points_of(EXERCISE)
            most = sum(verdict.check.points for verdict in report.of_exercise(EXERCISE))
            rest = f"{report.score - got}/{report.max_score - most}"
            plain = {0: "full marks", None: "no door"}.get(codes.get(name), "no marks")
            says = CORPUS[name].read_text().partition("\n")[0].strip('"')
            table.add_row(name, says, plain, f"{got}/{most}", rest, report.outcome)
            stolen, level = stolen + got, report.sandbox["level"]
    return table, stolen, level


def _submission(name: str, folder: Path, package: str, port: int) -> Path:
    shutil.copytree(REFERENCE, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    outside = folder / "outside"
    outside.write_text("precious")
    (folder / package / PRACTICE).write_text(hostile(name, outside, port))
    return folder


if __name__ == "__main__":
    main()
