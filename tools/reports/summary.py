"""What the page of a class needs of each report, and no more: a class can be large."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Any

from graders.course import Exercise, Module
from graders.mistakes import Mistake
from graders.outcomes import Outcome
from graders.report import ERROR, GRADED, LIMIT, Report

from ..show import isolation, state

BARS = 10  # of a histogram, more or less


@dataclass(frozen=True)
class Submission:
    """One submission, as a line of the class."""

    stem: str  # of its page
    name: str
    score: int
    outcome: str
    error: str
    exercises: tuple[tuple[int, Outcome], ...]  # points and state, in the module's order
    full: bool  # whether it has all points


@dataclass
class ExerciseSummary:
    """How a class did on one exercise."""

    exercise: Exercise
    points: int = 0  # of all submissions together
    states: Counter[Outcome] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Mean share of the points that was reached."""
        return self.points / (self.states.total() * self.exercise.points or 1)


@dataclass
class MistakeSummary:
    """Who made one known mistake."""

    mistake: Mistake
    learners: list[Submission] = field(default_factory=list)


@dataclass(frozen=True)
class Bar:
    """How many submissions have from ``low`` to ``high`` points."""

    low: int
    high: int
    count: int

    @property
    def label(self) -> str:
        return f"{self.low}–{self.high}" if self.high > self.low else f"{self.low}"


class ClassSummary:
    """Of all reports on one module that were added."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.exercises = [ExerciseSummary(exercise) for exercise in module.exercises]
        self.origins: Counter[str] = Counter()
        self._submissions: list[Submission] = []
        self._mistakes: dict[str, MistakeSummary] = {}

    def add(self, stem: str, report: Report) -> None:
        """Take in one report, whose page is called ``stem``."""
        exercises = []
        for summary in self.exercises if not report.error else ():
            verdicts = report.of_exercise(summary.exercise.id)
            points = report.points_of(summary.exercise.id)
            summary.points += points
            summary.states[state(verdicts)] += 1
            exercises.append((points, state(verdicts)))
        full = report.score == report.max_score
        submission = Submission(
            *(stem, report.submission, report.score, report.outcome, report.error),
            (*exercises,),
            full,
        )
        self._submissions.append(submission)
        for mistake in {m.id: m for v in report.verdicts for m in v.diagnosis}.values():
            found = self._mistakes.setdefault(mistake.id, MistakeSummary(mistake))
            found.learners.append(submission)
        self.origins[_origin(report)] += 1

    @property
    def submissions(self) -> list[Submission]:
        """All of them, by name."""
        return sorted(self._submissions, key=lambda one: (one.name.casefold(), one.stem))

    @property
    def not_graded(self) -> list[Submission]:
        return [one for one in self.submissions if one.outcome == ERROR]

    @property
    def scores(self) -> list[int]:
        """The points of those that could be graded."""
        return [one.score for one in self._submissions if one.outcome != ERROR]

    @property
    def mistakes(self) -> list[MistakeSummary]:
        """The known mistakes that were made, the most frequent first."""
        found = sorted(self._mistakes.values(), key=lambda one: one.mistake.id)
        for one in found:
            one.learners.sort(key=lambda learner: (learner.name.casefold(), learner.stem))
        return sorted(found, key=lambda one: -len(one.learners))

    @property
    def facts(self) -> dict[str, Any]:
        """The numbers of the class, by their label."""
        outcomes = Counter(one.outcome for one in self._submissions)
        scores = self.scores
        return {
            "submissions": len(self._submissions),
            "graded": outcomes[GRADED],
            "over a limit": outcomes[LIMIT],
            "not graded": outcomes[ERROR],
            "mean points": f"{mean(scores):.1f}" if scores else "–",
            "median points": f"{median(scores):g}" if scores else "–",
        }

    def histogram(self) -> list[Bar]:
        """How many have how many points. No points and all points have a bar of their own."""
        most = self.module.points
        width = -(-most // BARS)
        edges = sorted({0, 1, *range(width, most, width), most, most + 1})
        counts = Counter(self.scores)
        return [
            Bar(low, after - 1, sum(counts[score] for score in range(low, after)))
            for low, after in itertools.pairwise(edges)
        ]


def _origin(report: Report) -> str:
    """What decided this grade: isolation, release, seed, versions."""
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return f"{isolation(report)}; seed {report.seed}; {versions}"
