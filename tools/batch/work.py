"""What one process of a batch does: grade submissions with a grader that it keeps warm."""

from __future__ import annotations

import pickle
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from graders.errors import CourseError
from graders.fingerprint import release_id
from graders.grade import Grader
from graders.manifest import find_course, load_course
from graders.report import as_json
from graders.shelf import Shelf
from graders.submission import Submission
from graders.worker import libc
from graders.worker.protection import OPTION

from ..house import answers_for
from ..processes import stoppable


@dataclass(frozen=True)
class Settings:
    """How all submissions of a batch are graded, wherever that happens."""

    module: str
    seed: str
    level: str  # of isolation, at least
    release: str  # of the course
    shelf: Path | None  # where processes of one machine share results of the reference
    manifest: Path | None  # of the course; None: of the one that is found where the process runs
    option: str = OPTION  # how to ask for another level, in words about too little


@dataclass(frozen=True)
class Work:
    """A submission as it travels: read already, or the reason why it could not be."""

    submission: Submission
    problem: str = ""

    @property
    def digest(self) -> str:
        """Of the submission, as reports have it."""
        return "" if self.problem else self.submission.digest


class _Warm:
    """The grader of this process, opened anew when the settings change or it may be broken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # a Dask worker may have several threads
        self._open: ExitStack | None = None
        self._settings: Settings | None = None

    def open(self, settings: Settings) -> None:
        with self._lock:
            self._grader_for(settings)

    def grade(self, settings: Settings, work: Work) -> dict[str, Any]:
        with self._lock:
            report = self._graded(settings, work)
            if report["outcome"] == "error" and not work.problem:
                self.close()  # once more, with all that it needs started anew
                report = self._graded(settings, work)
            return report

    def _graded(self, settings: Settings, work: Work) -> dict[str, Any]:
        grader = self._grader_for(settings)
        if work.problem:
            return as_json(grader.not_graded(work.submission, work.problem))
        return as_json(grader.grade_work(work.submission))

    def _grader_for(self, settings: Settings) -> Grader:
        if self._settings != settings or self._open is None:
            self.close()
            with ExitStack() as stack:
                self._grader = stack.enter_context(_grader(settings))
                self._open = stack.pop_all()
            self._settings = settings
        return self._grader

    def close(self) -> None:
        stack, self._open = self._open, None
        if stack:
            stack.close()


def _grader(settings: Settings) -> Grader:
    libc.hide()
    course = load_course(settings.manifest) if settings.manifest else find_course()
    module, found = course.graded(settings.module), release_id(course)
    if found != settings.release:
        raise CourseError(
            f"The course in {course.root} is release {found}, and this batch is graded by release "
            f"{settings.release}. Let all machines have the same files, and leave them as they are "
            "while a batch runs."
        )
    shelf = Shelf(settings.shelf) if settings.shelf else None
    answers = answers_for(course, module, settings.seed, shelf)
    level, option = settings.level, settings.option
    return Grader(course, module, answers, required_level=level, option=option)


_warm = _Warm()
Finalize(_warm, _warm.close, exitpriority=1)


def warm_up(settings: Settings) -> None:
    """Start in this process of a pool what grading needs.

    Raises:
        CourseError: nothing can be graded here.
    """
    with stoppable(_warm.close):
        _warm.open(settings)


def grade_work(settings: Settings, work: Work) -> dict[str, Any]:
    """Grade in this process; the report as JSON. What ends in an error is tried twice.

    Raises:
        CourseError: nothing can be graded here.
    """
    return _warm.grade(settings, work)


def grade_spooled(settings: Settings, path: Path) -> dict[str, Any]:
    """``grade_work`` for work that was written to a file, which is used up; in a process of a pool.

    A pool that sends little never waits for a process that has died while it was sent much.
    """
    work = pickle.loads(path.read_bytes())
    path.unlink()
    with stoppable(_warm.close):
        return grade_work(settings, work)
