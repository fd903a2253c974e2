"""The report on a submission in nbgrader's folders: made by our worker, here or beforehand."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from graders.check import Check, load_checks
from graders.errors import CourseError, printable
from graders.fingerprint import fresh_seed, release_id
from graders.manifest import Module
from graders.report import Report, from_json
from graders.submission import Submission

from ..batch.names import stem_of
from ..batch.work import Settings, Work, grade_work
from .config import configured_course
from .handed import read_handed


@dataclass(frozen=True)
class Grading:
    """How submissions are graded in one run of ``nbgrader autograde``; all of it shares one worker."""

    module: Module
    level: str  # of isolation, at least
    seed: str = ""  # of the inputs; "" is one that nobody knew before, the same for the whole run
    reports: str = ""  # folder of reports that were made beforehand, if any

    def report(self, folder: Path, student: str) -> Report:
        """Grade what lies in ``folder``.

        Raises:
            CourseError: nothing can be graded here, for want of isolation say.
        """
        course = configured_course()
        work = work_in(self.module, folder, student)
        known = self._known(work) if self.reports else None
        if known:
            return known
        settings = Settings(
            module=self.module.id,
            seed=self.seed or _seed(),
            level=self.level,
            release=_release(),
            shelf=None,
            manifest=course.path,
        )
        return from_json(grade_work(settings, work), self.module, _checks(self.module))

    def _known(self, work: Work) -> Report | None:
        """The report that was made beforehand, if it is on this work and by this course."""
        path = Path(self.reports) / f"{stem_of(work.submission.name)}.json"
        with suppress(OSError, ValueError, KeyError, TypeError):
            report = from_json(json.loads(path.read_bytes()), self.module, _checks(self.module))
            if (report.digest, report.release) == (work.digest, _release()):
                return report
        return None


def work_in(module: Module, folder: Path, student: str) -> Work:
    """What a learner handed in, or why it cannot be read."""
    try:
        submission = read_handed(configured_course(), module, folder)
    except CourseError as problem:
        return Work(Submission(printable(student), {}), str(problem))
    return Work(replace(submission, name=printable(student)))


@cache
def _seed() -> str:
    return fresh_seed()


@cache
def _release() -> str:
    return release_id(configured_course())


@cache
def _checks(module: Module) -> list[Check]:
    return load_checks(module)
