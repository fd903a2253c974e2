"""The report on a submission in nbgrader's folders: made by our worker, here or beforehand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from graders.check import Check, load_checks
from graders.course import Module
from graders.errors import CourseError, printable
from graders.fingerprint import fresh_seed, release_id
from graders.report import Report, from_json
from graders.submission import Submission

from ..batch.work import Settings, Work, grade_work
from .beforehand import Beforehand
from .config import LEVEL, configured_course
from .handed import read_handed


@dataclass(frozen=True)
class Grading:
    """How submissions are graded in one run of ``nbgrader autograde``; all of it shares one worker."""

    module: Module
    level: str  # of isolation, at least
    seed: str = ""  # of the inputs; "" is one that nobody knew before, the same for the whole run

    def report(self, folder: Path, student: str) -> Report:
        """Grade what lies in ``folder``.

        Raises:
            CourseError: nothing can be graded here, for want of isolation say.
        """
        beforehand = Beforehand.current()
        made = beforehand.report(name_in_reports(student)) if beforehand else None
        if made is None:
            settings = Settings(
                module=self.module.id,
                seed=self.seed or _seed(),
                level=self.level,
                release=_release(),
                shelf=None,
                manifest=configured_course().path,
                option=LEVEL,
            )
            made = grade_work(settings, work_in(self.module, folder, student))
        return from_json(made, self.module, _checks(self.module))


def name_in_reports(student: str) -> str:
    """What a report calls a student of nbgrader."""
    return printable(student)


def work_in(module: Module, folder: Path, student: str) -> Work:
    """What a learner handed in, or why it cannot be read."""
    try:
        submission = read_handed(configured_course(), module, folder)
    except CourseError as problem:
        return Work(Submission(name_in_reports(student), {}), str(problem))
    return Work(replace(submission, name=name_in_reports(student)))


@cache
def _seed() -> str:
    return fresh_seed()


@cache
def _release() -> str:
    return release_id(configured_course())


@cache
def _checks(module: Module) -> list[Check]:
    return load_checks(module)
