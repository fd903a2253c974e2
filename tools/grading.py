"""What ``course grade`` does: choose the answers, grade, show, write."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from graders.answers import Answers, LiveAnswers
from graders.errors import CourseError, printable
from graders.fingerprint import official_seed, release_id
from graders.goldens import FOLDER, Goldens
from graders.grade import Grader
from graders.manifest import Course, Module, find_course
from graders.report import ERROR, Report, as_json
from graders.submission import name_of
from graders.worker import libc
from graders.worker.launch import Launcher
from graders.worker.protection import ENOUGH

from .files import write_whole
from .reports.junit import as_junit
from .show import Progress, show_batch, show_report

ALL_POINTS, POINTS_MISSING, NOT_GRADED = 0, 1, 2
OWN = "D"  # the level of isolation that one's own work needs


def is_house(course: Course) -> bool:
    """Whether this is the course repository (with the reference), not a student copy."""
    return (course.root / "reference").is_dir()


def answers_for(course: Course, module: Module, seed: str | None) -> Callable[[Launcher], Answers]:
    """How to get the answers here: from the reference, or from what was recorded of it."""
    if is_house(course):
        chosen = seed or official_seed(course)
        return lambda launcher: LiveAnswers(course, module, launcher, chosen, release_id(course))
    if seed:
        raise CourseError("A student copy has answers to its own inputs only: leave --seed away.")
    return lambda launcher: Goldens(course.root / FOLDER / f"{module.folder}.safetensors")


def grade_paths(
    module_id: str,
    paths: Sequence[Path],
    json_file: str | None,
    junit_file: Path | None,
    seed: str | None,
    level: str | None,
    every: bool,
    quiet: bool,
) -> int:
    """Grade each path, show and write what came of it. Returns the exit code."""
    if sys.platform == "linux":
        libc.prctl(libc.PR_SET_DUMPABLE, 0)  # other processes of this user cannot look into it
    course = find_course()
    module = course.module(module_id)
    level = level or (ENOUGH if paths else OWN)
    if not paths:
        if is_house(course):
            raise CourseError(
                f"Which submissions? Name folders or archives: course grade {module.id} PATH … "
                "(Without a PATH it grades your own work, inside a student copy.)"
            )
        paths = [course.root]
    reports: list[Report] = []
    try:
        for report in grade_each(course, module, paths, seed, level, quiet):
            reports.append(report)
    finally:  # interrupted or not: what was finished is kept
        if reports:
            try:
                write_reports(reports, json_file, junit_file)
            finally:
                # with the JSON on standard output, people read standard error
                _show(reports, Console(stderr=json_file == "-", quiet=quiet), every)
    return exit_code(reports)


def _show(reports: Sequence[Report], console: Console, every: bool) -> None:
    if len(reports) == 1:
        show_report(reports[0], console, every)
    else:
        show_batch(reports, console)
    for report in reports:
        if console.quiet and report.error:
            print(f"Error: {report.submission}: {report.error}", file=sys.stderr)


def grade_each(
    course: Course,
    module: Module,
    paths: Sequence[Path],
    seed: str | None = None,
    level: str = ENOUGH,
    quiet: bool = False,
) -> Iterator[Report]:
    """Grade each path, with a bar on the terminal; one report each, in their order."""
    names = Counter(name_of(path) for path in paths)
    with (
        Grader(course, module, answers_for(course, module, seed), required_level=level) as grader,
        Progress(module, len(paths), shown=not quiet) as progress,
    ):
        for path in paths:
            progress.submission(path)
            report = grader.grade(path, progress.check)
            # alice/work and bob/work are both called work
            alone = names[report.submission] == 1
            yield report if alone else replace(report, submission=printable(str(path)))


def write_reports(
    reports: Sequence[Report], json_file: str | None, junit_file: Path | None
) -> None:
    """Write the reports as JSON lines and as JUnit XML, where a file is named for them."""
    if json_file:
        write_json_lines([as_json(report) for report in reports], json_file)
    if junit_file:
        _write(str(junit_file), as_junit(reports))


def write_json_lines(objects: Sequence[dict[str, Any]], target: str) -> None:
    """Write each object on a line of its own; ``-`` is standard output."""
    lines = [json.dumps(item, ensure_ascii=False) for item in objects]
    _write(target, "".join(f"{line}\n" for line in lines).encode())


def exit_code(reports: Sequence[Report]) -> int:
    """0: all have all points; 2: one could not be graded; 1: points are missing."""
    if any(report.outcome == ERROR for report in reports):
        return NOT_GRADED
    full = all(report.score == report.max_score for report in reports)
    return ALL_POINTS if full else POINTS_MISSING


def _write(target: str, content: bytes) -> None:
    """Write all of a file or nothing of it; ``-`` is standard output."""
    if target == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        write_whole(Path(target), content)
