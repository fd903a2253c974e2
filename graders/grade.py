"""Grade submissions of one module: read, run in a worker, decide here."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from .answers import Answers
from .check import Check, load_checks
from .course import Course, Module
from .errors import CourseError
from .handed import HandedIn
from .judge import Decided, Verdict, decide, name_mistakes
from .outcomes import Outcome
from .report import OwnParts, Report
from .submission import Submission, name_of, read_submission
from .worker.client import Submitted, Worker
from .worker.folders import in_memory, private_folder
from .worker.launch import Launcher, launcher
from .worker.protection import ENOUGH, OPTION
from .worker.selftest import protect
from .worker.slow import slow_imports

Progress = Callable[[Check], None]
WORTH_ANOTHER_RUN = (Outcome.PASSED, Outcome.FAILED, Outcome.ERROR)


def scenario_modules(checks: list[Check]) -> list[str]:
    """Names of the modules in ``graders/scenarios`` that the checks use, for workers to preload."""
    used: set[str] = set()
    for check in checks:
        names = check.function.__globals__.values()
        for value in names:
            name = getattr(value, "__module__", None) or getattr(value, "__name__", "")
            package, _, module = str(name).rpartition(".")
            if package == f"{__package__}.scenarios":
                used.add(module)
    return sorted(used)


@dataclass
class Grader:
    """Grades any number of submissions of one module; what it starts is shared by all of them.

    Used as a context manager. ``make_answers`` is given the launcher that the grader uses.
    """

    course: Course
    module: Module
    make_answers: Callable[[Launcher], Answers]
    make_launcher: Callable[..., Launcher] = launcher
    shared: Launcher | None = None  # one that several graders use, and somebody else closes
    required_level: str = ENOUGH  # less is an error
    option: str = OPTION  # how to ask for another level, in the words of that error
    with_own_parts: bool = True  # run once more without stand-ins, where there are some
    read: Callable[[Path], Submission] | None = None  # else ``read_submission``
    checks: list[Check] = field(init=False)

    def __enter__(self) -> Grader:
        self.checks = load_checks(self.module)
        scenarios = scenario_modules(self.checks)
        self._launcher = self.shared or self.make_launcher(self.course.limits, scenarios)
        try:
            self.answers = self.make_answers(self._launcher)
            try:
                self.protection = protect(self._launcher)
                self.protection.require(self.required_level, self.option)
            except BaseException:
                self.answers.close()
                raise
        except BaseException:
            self._close_launcher()
            raise
        return self

    def _close_launcher(self) -> None:
        if self.shared is None:
            self._launcher.close()

    def __exit__(self, *error: object) -> None:
        try:
            self.answers.close()
        finally:
            self._close_launcher()

    def grade(self, path: Path, progress: Progress | None = None) -> Report:
        """Grade the submission in ``path``. What cannot be graded gives a report that says why."""
        try:
            package = self.module.handed_in or self.course.package
            read = self.read or partial(read_submission, package=package)
            submission = read(path)
        except CourseError as problem:
            return self.not_graded(Submission(name_of(path), {}), str(problem))
        return self.grade_work(submission, progress)

    def not_graded(self, submission: Submission, why: str) -> Report:
        """The report on a submission that could not be graded."""
        return self._report(submission, time.monotonic(), error=why)

    def grade_work(self, submission: Submission, progress: Progress | None = None) -> Report:
        """Grade a submission that was read. What cannot be graded gives a report that says why."""
        started = time.monotonic()
        own_parts = None
        try:
            supported = self.supported(submission)
            verdicts = self.verdicts(supported, self.checks, progress)
            if self.with_own_parts and supported != submission:
                ran = [v.check for v in verdicts if v.outcome in WORTH_ANOTHER_RUN]
                again = self.verdicts(submission, ran, progress)
                own = {v.check.id: v for v in again if v.outcome is Outcome.PASSED}
                # right work may need what a learner added to an earlier file: either run counts
                verdicts = [own.get(verdict.check.id, verdict) for verdict in verdicts]
                right = sum(verdict.outcome is Outcome.PASSED for verdict in verdicts)
                own_parts = OwnParts(right, len(own)) if right else None
        except CourseError as problem:
            return self._report(submission, started, error=str(problem))
        return self._report(submission, started, verdicts, own_parts)

    def _report(
        self,
        submission: Submission,
        started: float,
        verdicts: Sequence[Verdict] = (),
        own_parts: OwnParts | None = None,
        error: str = "",
    ) -> Report:
        return Report(
            submission=submission.name,
            digest=submission.digest if submission.files else "",
            module=self.module,
            verdicts=[*verdicts],
            own_parts=own_parts,
            sandbox=self._sandbox(),
            release=self.answers.release,
            seed=self.answers.seed,
            seconds=time.monotonic() - started,
            error=error,
            note=submission.note,
        )

    def supported(self, submission: Submission) -> Submission:
        """The work, on stand-ins for what its module builds on."""
        return replace(submission, files={**submission.files, **self.answers.standins})

    def verdicts(
        self,
        submission: Submission,
        checks: Sequence[Check],
        progress: Progress | None = None,
    ) -> list[Verdict]:
        """Write the work to a folder of its own, and run ``checks`` on it in a worker."""
        with self.isolated(submission) as learner:
            return self._run(learner, checks, progress)

    @contextmanager
    def isolated(self, submission: Submission) -> Iterator[Submitted | HandedIn]:
        """The work, written to a folder of its own, for scenarios to be run on in a worker.

        Of a project nothing is run: its files are read here.
        """
        if self.module.handed_in:
            yield HandedIn(submission.files)
            return
        with private_folder("submission", in_memory(submission.size)) as folder:
            submission.write(folder / self.course.package)
            imports = slow_imports(submission.files.values())
            worker = Worker(self._launcher, (folder,), imports)
            try:
                seconds = self.course.limits.check_seconds
                yield Submitted(worker, folder, self.course.package, seconds)
            finally:
                worker.end()  # where files are not shut off, it could write while they are removed

    def _run(
        self, learner: Submitted | HandedIn, checks: Sequence[Check], progress: Progress | None
    ) -> list[Verdict]:
        limits = self.course.limits
        decided: list[Decided] = []
        over: set[str] = set()  # exercises that ran over a limit once
        started = time.monotonic()
        for check in checks:
            if progress:
                progress(check)
            exercise = self.module.exercise(check.exercise)
            if check.exercise in over:
                why = f"an earlier check of {exercise.id} ran over its limit"
            elif time.monotonic() - started > limits.submission_seconds:
                why = f"the submission used its {limits.submission_seconds} seconds"
            else:
                learner.start_clock()
                decided.append(decide(check, exercise, learner, self.answers))
                if decided[-1][0].outcome is Outcome.LIMIT:
                    over.add(check.exercise)
                continue
            said = f"{exercise.id} {exercise.title}: not run, because {why}."
            decided.append((Verdict(check, Outcome.LIMIT, said), ()))
        named: list[Verdict] = []
        for number, group in itertools.groupby(decided, key=lambda one: one[0].check.exercise):
            named += name_mistakes(self.module.exercise(number), [*group], self.answers)
        return [self._with_cause(verdict, named) for verdict in named]

    def _with_cause(self, verdict: Verdict, all_verdicts: list[Verdict]) -> Verdict:
        """A failed check of an exercise that builds on one that failed says so."""
        failed = {v.check.exercise for v in all_verdicts if v.outcome is not Outcome.PASSED}
        before = self.module.exercise(verdict.check.exercise).builds_on
        causes = [exercise for exercise in before if exercise in failed]
        if verdict.outcome is Outcome.PASSED or not causes:
            return verdict
        first = ("builds on", f"{', '.join(causes)}, not right yet: begin there")
        return replace(verdict, details=(*verdict.details, first))

    def _sandbox(self) -> dict[str, Any]:
        """What every worker was kept from; one that was not has graded nothing."""
        held = self.protection
        return {
            "level": held.level,
            "start": self._launcher.name,
            "layers": [*self._launcher.outer, *held.layers],
            "open": [*held.open],
        }
