"""Processes that judge a class while nbgrader goes through it; nbgrader alone writes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from graders.course import Course, Module
from graders.fingerprint import fresh_seed, release_id
from graders.worker.folders import private_folder

from ..batch.spread import LocalPool, spread
from ..batch.work import Settings
from ..cores import usable_cores
from .beforehand import Beforehand
from .config import LEVEL, configured_course
from .verdict import name_in_reports, work_in


@dataclass(frozen=True)
class Beside:
    """Processes, and how they judge."""

    early: ClassVar[Beside | None] = None  # those that were started before nbgrader was there

    pool: LocalPool
    settings: Settings


@contextmanager
def processes_beside(count: int, module: Module, level: str, seed: str) -> Iterator[Beside]:
    """``count`` processes. One begins at once to import what it will need.

    Args:
        level: of isolation, at least.
        seed: of the inputs; "" is one that nobody knew before.
    """
    course = configured_course()
    with ExitStack() as stack:
        settings = Settings(
            module=module.id,
            seed=seed or fresh_seed(),
            level=level,
            release=release_id(course),
            shelf=stack.enter_context(private_folder("shelf")) if count > 1 else None,
            manifest=course.path,
            option=LEVEL,
        )
        pool = stack.enter_context(LocalPool(count))
        pool.prepare(settings)
        yield Beside(pool, settings)


@contextmanager
def judged_ahead(converter: Any, level: str, seed: str, jobs: int) -> Iterator[None]:
    """While a converter of nbgrader runs, ``Beforehand`` has reports on what it will come to.

    Of one submission alone there is nothing to judge meanwhile: nbgrader's own process does it.

    Args:
        jobs: processes in all, nbgrader's own among them; 0 is one for each core.
    """
    module = module_of(configured_course(), converter.coursedir.assignment_id)
    due = _due(converter)
    count = min((jobs or usable_cores()) - 1, len(due))
    early = Beside.early
    if not module or not (early or (count > 0 and len(due) > 1)):
        yield
        return
    with ExitStack() as stack:
        beside = early or stack.enter_context(processes_beside(count, module, level, seed))
        settings = replace(beside.settings, level=level, seed=seed or beside.settings.seed)
        # of students whose reports would have one name nbgrader's process makes them itself
        times = Counter(map(name_in_reports, due))
        alone = [student for student in due if times[name_in_reports(student)] == 1]
        all_work = (work_in(module, due[student], student) for student in alone)
        names = {*map(name_in_reports, alone)}
        stack.enter_context(Beforehand(spread(beside.pool, settings, all_work), names))
        yield


def module_of(course: Course, assignment: str) -> Module | None:
    """The module that an assignment of nbgrader is made of, if any."""
    return next((module for module in course.modules if module.folder == assignment), None)


def _due(converter: Any) -> dict[str, Path]:
    """The submissions that the converter will not pass over, by student, in its order."""
    assignment = converter.coursedir.assignment_id
    named = re.compile(converter._format_source(re.escape(assignment), "(?P<id>.*)", escape=True))
    paths = sorted(converter.assignments)
    students = {match["id"]: Path(path) for path in paths if (match := named.match(path))}
    return {s: path for s, path in students.items() if _is_due(converter, assignment, s)}


def _is_due(converter: Any, assignment: str, student: str) -> bool:
    """What ``init_destination`` will say, which removes an old result when it says so."""
    coursedir = converter.coursedir
    if student in coursedir.student_id_exclude.split(","):
        return False
    graded = converter._format_dest(assignment, student)
    if converter.force or not Path(graded).exists():
        return True
    submitted = coursedir.get_existing_timestamp(converter._format_source(assignment, student))
    before = coursedir.get_existing_timestamp(graded)
    return submitted is not None and before is not None and submitted > before
