"""How far a learner is: what is remembered of each exercise, and whether the work is still that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graders.course import Course, Exercise, Module
from graders.handed_work import HandedWork
from graders.outcomes import Outcome
from graders.progress import Known, read_state, release_of
from graders.work import Work

from .words import WORDS, worst

STUB = r"NotImplementedError\(\s*[\"']{id} "


@dataclass(frozen=True)
class Standing:
    """One exercise: the points that its last grading gave, and how it is."""

    exercise: Exercise
    points: int
    word: str  # "passed", "wrong, changed since", "not started"
    colour: str  # says nothing that the word does not
    waits: bool = False  # for a grading: what is there now has not been judged

    @property
    def done(self) -> bool:
        """Whether all points were reached, be the file changed since or not."""
        return self.points == self.exercise.points


def standings(course: Course) -> dict[str, Standing]:
    """How each exercise is, by its id, in the order of the course. Runs nothing."""
    known, release = read_state(course).checks, release_of(course)
    code = Work(course)
    by_exercise: dict[str, list[Known]] = {}
    for check, last in known.items():
        by_exercise.setdefault(check.partition("/")[0], []).append(last)
    found: dict[str, Standing] = {}
    for module in course.graded_modules:
        work = HandedWork(course, module) if module.handed_in else code
        for exercise in module.exercises:
            checks = by_exercise.get(exercise.id, [])
            found[exercise.id] = _standing(exercise, checks, work, release)
    return found


def _standing(
    exercise: Exercise, checks: Sequence[Known], work: Work | HandedWork, release: str
) -> Standing:
    if all(check.outcome is Outcome.NOT_STARTED for check in checks):
        if _started(exercise, work):
            return Standing(exercise, 0, "not graded yet", "cyan", waits=True)
        return Standing(exercise, 0, *WORDS[Outcome.NOT_STARTED])
    points = min(sum(check.points for check in checks), exercise.points)
    outcome = worst({check.outcome for check in checks})
    word, colour = WORDS[outcome]
    if outcome is Outcome.PASSED and points < exercise.points:
        word, colour = "graded in part", "cyan"
    now = (work.digest(exercise), release)
    waits = any((check.work, check.release) != now for check in checks)
    if waits and not points and not _started(exercise, work):  # the stub is back
        return Standing(exercise, 0, *WORDS[Outcome.NOT_STARTED])
    if waits:
        word, colour = f"{word}, changed since", "cyan"
    return Standing(exercise, points, word, colour, waits)


def _started(exercise: Exercise, work: Work | HandedWork) -> bool:
    """Whether something is there that a grading could judge."""
    if isinstance(work, HandedWork):
        return work.holds(exercise)
    return not stub_in(work.text(exercise.file), exercise)


def stub_in(text: str, exercise: Exercise) -> re.Match[str] | None:
    """Where the stub of an exercise still stands in a file's text."""
    return re.search(STUB.format(id=re.escape(exercise.id)), text)


def line_of(text: str, exercise: Exercise) -> int:
    """The line to write in: of the stub, else of the function or class; 1 where neither is."""
    head = re.search(rf"^(async def|def|class) {exercise.symbol}\b", text, re.MULTILINE)
    match = stub_in(text, exercise) or head
    return text.count("\n", 0, match.start()) + 1 if match else 1


def points_of(module: Module, all_standings: dict[str, Standing]) -> int:
    """The points that the last gradings of a module's exercises gave."""
    return sum(all_standings[exercise.id].points for exercise in module.exercises)
