"""What ``course grade`` does: one submission here and now, or a class; show and write the reports."""

from __future__ import annotations

import importlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from graders.course import Course, Module
from graders.errors import CourseError, printable
from graders.files import WholeFile
from graders.grade import Grader
from graders.handed_work import HandedWork
from graders.manifest import find_course
from graders.outcomes import Outcome
from graders.progress import remember_or_say
from graders.report import ERROR, Report, as_json
from graders.submission import name_of
from graders.work import Work
from graders.worker import libc
from graders.worker.protection import ENOUGH

from .house import OWN, answers_for, reader_for
from .options import Options
from .place import is_house
from .reports.junit import as_junit
from .show import Progress, error_of, show_batch, show_report

ALL_POINTS, POINTS_MISSING, NOT_GRADED = 0, 1, 2


def grade_paths(module_id: str, paths: Sequence[Path], options: Options) -> int:
    """Grade what is in the paths, show and write what came of it. Returns the exit code."""
    libc.hide()
    course = find_course()
    module = course.graded(module_id)
    if not is_house(course):
        if options.wants_class:
            raise CourseError(
                "--out, --cluster and --regrade are for a class, which is graded in the course "
                "repository. This is a student copy."
            )
        if paths:
            return grade_here(course, module, paths, options, options.level or ENOUGH)
        return grade_own(course, module, options, options.level or OWN)
    if not paths:
        raise CourseError(
            f"Which submissions? Name folders or archives: course grade {module.id} PATH … "
            "(Without a PATH it grades your own work, inside a student copy.)"
        )
    batch = importlib.import_module(f"{__package__}.batch.run")  # a student copy has none
    code: int = batch.grade_found(course, module, paths, options)
    return code


def grade_own(course: Course, module: Module, options: Options, level: str) -> int:
    """Grade a learner's own work and remember it for ``course status``. Returns the exit code."""

    def keep(report: Report) -> None:
        graded.append(report)
        results = [(v.check.id, v.outcome, v.points) for v in report.verdicts]
        remember_or_say(course, results, work)

    work = (
        HandedWork(course, module).read()
        if module.handed_in
        else Work(course).read(module.exercises)
    )
    graded: list[Report] = []
    code = grade_here(course, module, [course.root], options, level, keep)
    for report in graded:
        if not options.quiet and (words := way_on(report)):
            print(words, file=sys.stderr if options.json_file == "-" else sys.stdout)
    return code


def way_on(report: Report) -> str:
    """What a learner does next: at the very beginning, and at the end; "" in between."""
    if not report.error and all(v.outcome is Outcome.NOT_STARTED for v in report.verdicts):
        page = f"assignments/{report.module.folder}/README.md"
        return f"Nothing is there to judge yet. Where to begin: {page}"
    return "" if exit_code([report]) else "All points. Where to go on: course next"


def grade_here(
    course: Course,
    module: Module,
    paths: Sequence[Path],
    options: Options,
    level: str,
    keep: Callable[[Report], None] = lambda _: None,
) -> int:
    """Grade each path in this process, show and write what came of it. Returns the exit code.

    Args:
        keep: is given each report as it comes.
    """
    reports: list[Report] = []
    try:
        for report in grade_each(course, module, paths, options.seed, level, options.quiet):
            reports.append(report)
            keep(report)
    finally:  # interrupted or not: what was finished is kept
        if reports:
            try:
                write_files(lambda: reports, options)
            finally:
                # with the JSON on standard output, people read standard error
                console = Console(stderr=options.json_file == "-", quiet=options.quiet)
                _show(reports, console, options.every)
    return exit_code(reports)


def _show(reports: Sequence[Report], console: Console, every: bool) -> None:
    if len(reports) == 1:
        show_report(reports[0], console, every)
    else:
        show_batch(reports, console)
    if console.quiet:
        say_errors(reports)


def say_errors(reports: Iterable[Report]) -> None:
    """What could not be graded, and why, on standard error."""
    for report in reports:
        if report.error:
            print(f"Error: {error_of(report)}", file=sys.stderr)


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
    answers, read = answers_for(course, module, seed), reader_for(course, module)
    with (
        Grader(course, module, answers, required_level=level, read=read) as grader,
        Progress(module, len(paths), shown=not quiet) as progress,
    ):
        for path in paths:
            progress.submission(path)
            report = grader.grade(path, progress.check)
            # alice/work and bob/work are both called work
            alone = names[report.submission] == 1
            yield report if alone else replace(report, submission=printable(str(path)))


def write_files(reports: Callable[[], Iterable[Report]], options: Options) -> None:
    """Write the reports as JSON lines and as JUnit XML, where a file is named for them.

    Args:
        reports: gives them, each time it is called; they need not fit into memory together.
    """
    if options.json_file:
        write_json_lines(map(as_json, reports()), options.json_file)
    if options.junit_file:
        _write(str(options.junit_file), as_junit(reports()))


def write_json_lines(objects: Iterable[dict[str, Any]], target: str) -> None:
    """Write each object on a line of its own; ``-`` is standard output."""
    _write(target, (f"{json.dumps(item, ensure_ascii=False)}\n".encode() for item in objects))


def exit_code(reports: Sequence[Report]) -> int:
    """0: all have all points; 2: one could not be graded; 1: points are missing."""
    if any(report.outcome == ERROR for report in reports):
        return NOT_GRADED
    full = all(report.score == report.max_score for report in reports)
    return ALL_POINTS if full else POINTS_MISSING


def _write(target: str, pieces: Iterable[bytes]) -> None:
    if target == "-":
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
        return
    with WholeFile(Path(target)) as file:
        for piece in pieces:
            file.write(piece)
