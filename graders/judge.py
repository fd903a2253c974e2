"""Reach the verdict on one check, and put it in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .answers import Answers
from .calls import Call, Implementation, Result, Scenario, run_each, scenario_name
from .check import Check
from .compare import GRADIENT, REFUSED, Mismatch, same
from .course import Exercise
from .errors import CourseError
from .inputs import Draw
from .mistakes import Mistake
from .outcomes import Outcome, RunFailure
from .picture import Picture


@dataclass(frozen=True)
class Verdict:
    """What came of one check."""

    check: Check
    outcome: Outcome
    problem: str = ""  # in words, starting with the exercise; "" where all is well
    details: tuple[tuple[str, str], ...] = ()  # labelled lines under it
    diagnosis: tuple[Mistake, ...] = ()
    picture: Picture | None = None  # of the first wrong tensor

    @property
    def points(self) -> int:
        return self.check.points if self.outcome is Outcome.PASSED else 0

    @property
    def rows(self) -> list[tuple[str, str]]:
        """What a learner reads below ``problem``: labels and texts."""
        rows = [*self.details]
        for mistake in self.diagnosis:
            rows.append(("looks like", f"{mistake.title}. {mistake.hint} [{mistake.id}]"))
        rows.append(("hint", f"course hint {self.check.exercise}"))
        return rows

    @property
    def message(self) -> str:
        """All that a learner reads about it, as plain text; "" where all is well."""
        if not self.problem:
            return ""
        return "\n".join([self.problem, *(f"  {label:<11} {text}" for label, text in self.rows)])


Run = tuple[Scenario, dict[str, Any], Result | RunFailure]
MOST_KEPT = 4 << 20  # bytes of what a failed check's runs gave: no known mistake gives as much
Decided = tuple[Verdict, Sequence[Run]]  # and the runs that a known mistake would have to explain


@dataclass
class Transcript:
    """An implementation that notes what was asked of it and what it gave."""

    inner: Implementation
    runs: list[Run] = field(default_factory=list)

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        try:
            result = self.inner.run(scenario, **inputs)
        except RunFailure as failure:
            self.runs.append((scenario, inputs, failure))
            raise
        self.runs.append((scenario, inputs, result))
        return result

    def run_each(self, scenario: Scenario, runs: Sequence[Mapping[str, Any]]) -> Iterator[Result]:
        results = run_each(self.inner, scenario, runs)
        for inputs in runs:
            try:
                result = next(results)
            except RunFailure as failure:
                self.runs.append((scenario, dict(inputs), failure))
                raise
            self.runs.append((scenario, dict(inputs), result))
            yield result


def problem_of(
    check: Check, learner: Transcript, reference: Implementation, seed: str
) -> Mismatch | RunFailure | None:
    """Why a check does not hold of a learner's work, or None where it holds.

    Raises:
        CourseError: the check could not be decided, through no fault of the learner.
    """
    try:
        check.function(learner, reference, Draw(seed, check.id))
    except (Mismatch, RunFailure) as problem:
        return problem
    except CourseError:
        raise
    except Exception as error:
        # the check's own arithmetic met a shape or a value that it did not expect
        call = learner.runs[-1][2] if learner.runs else None
        if not isinstance(call, Result):
            raise
        text = f"the result cannot be judged ({type(error).__name__}: {error})"
        return Mismatch(text, call)
    return None


def judge(
    check: Check,
    exercise: Exercise,
    learner: Implementation,
    answers: Answers,
    suspect: str | None = None,
) -> Verdict:
    """Run one check on a learner's work, decide, and look for a known mistake.

    Args:
        suspect: id of the one known mistake to look for; None looks for all.

    Raises:
        CourseError: the check could not be decided, through no fault of the learner.
    """
    verdict, runs = decide(check, exercise, learner, answers)
    suspects = None if suspect is None else {suspect}
    return replace(verdict, diagnosis=_diagnosis(runs, exercise, answers, suspects))


def decide(check: Check, exercise: Exercise, learner: Implementation, answers: Answers) -> Decided:
    """As ``judge``, but looks for no known mistake: ``name_mistakes`` can do so later.

    Raises:
        CourseError: the check could not be decided, through no fault of the learner.
    """
    transcript = Transcript(learner)
    problem = problem_of(check, transcript, answers.reference, answers.seed)
    if problem is None:
        return Verdict(check, Outcome.PASSED), ()
    if isinstance(problem, RunFailure) and problem.outcome is Outcome.NOT_STARTED:
        return _not_started(check, exercise, problem.message), ()
    outcome = problem.outcome if isinstance(problem, RunFailure) else Outcome.FAILED
    said, details = _explain(check, exercise, problem, transcript)
    verdict = Verdict(check, outcome, said, details, picture=_picture(problem))
    nobody_knows = outcome is Outcome.LIMIT or _size(transcript.runs) > MOST_KEPT
    return verdict, () if nobody_knows else transcript.runs


def _size(runs: Sequence[Run]) -> int:
    results = [got for _, _, got in runs if isinstance(got, Result)]
    return sum(array.nbytes for got in results for array in got.tensors.values())


def name_mistakes(
    exercise: Exercise, decided: Sequence[Decided], answers: Answers
) -> list[Verdict]:
    """The verdicts on the checks of one exercise, each with the known mistakes that explain it.

    A mistake that explains all the failed checks rules out one that does not. So what explained one
    check is looked for first in the next, and all others only if it is not found there.
    """
    suspects: set[str] | None = None
    found: list[tuple[Mistake, ...]] = []
    for _, runs in decided:
        named = _diagnosis(runs, exercise, answers, suspects)
        if not named and suspects and _diagnosis(runs, exercise, answers):  # no one explains all
            found = [_diagnosis(runs, exercise, answers) for _, runs in decided]
            break
        found.append(named)
        suspects = {mistake.id for mistake in named} or suspects
    else:
        found = [tuple(m for m in named if m.id in (suspects or ())) for named in found]
    return [
        replace(verdict, diagnosis=named)
        for (verdict, _), named in zip(decided, found, strict=True)
    ]


def _diagnosis(
    runs: Sequence[Run],
    exercise: Exercise,
    answers: Answers,
    suspects: Collection[str] | None = None,
) -> tuple[Mistake, ...]:
    """The known mistakes that give, in every run of a failed check, just what the learner's gave.

    Exceptions alone prove little, many mistakes end in the same one: some numbers must agree too.
    """
    matching: dict[str, Mistake] = {}
    results = [got for _, _, got in runs if isinstance(got, Result)]
    if not any(name != REFUSED for got in results for name in got.tensors):
        return ()
    for mistake, implementation in answers.mistakes(exercise.id):
        if mistake.id in matching or (suspects is not None and mistake.id not in suspects):
            continue
        if all(_agrees(implementation, *run) for run in runs):
            matching[mistake.id] = mistake
    return tuple(matching.values())


def _agrees(
    mistake: Implementation, scenario: Scenario, inputs: dict[str, Any], got: Result | RunFailure
) -> bool:
    try:
        made = mistake.run(scenario, **inputs)
    except RunFailure as failure:
        return isinstance(got, RunFailure) and failure.digest == got.digest
    return isinstance(got, Result) and same(got.tensors, made.tensors)


def _not_started(check: Check, exercise: Exercise, said: str) -> Verdict:
    symbol = f"{exercise.symbol} in " if exercise.symbol else ""
    details = [("write", f"{symbol}{exercise.file}")]
    if not said.startswith(f"{exercise.id} "):
        details.append(("waits for", said))
    problem = f"{exercise.id} {exercise.title}: not started."
    return Verdict(check, Outcome.NOT_STARTED, problem, tuple(details))


def _explain(
    check: Check, exercise: Exercise, problem: Mismatch | RunFailure, transcript: Transcript
) -> tuple[str, tuple[tuple[str, str], ...]]:
    if isinstance(problem, Mismatch):
        said, call, rows = problem.problem, problem.got.call, _differences(problem)
    else:
        said, rows = problem.message, []
        scenario, inputs, _ = transcript.runs[-1]
        call = Call(scenario_name(scenario), inputs)
    # nothing of a project is called
    of = ("call", call.written(exercise.symbol)) if exercise.symbol else ("file", exercise.file)
    rows = [("must hold", check.states), of, *rows]
    stop = "" if said.endswith((".", "?", "!")) else "."
    return f"{exercise.id} {exercise.title}: {said}{stop}", tuple(rows)


def _picture(problem: Mismatch | RunFailure) -> Picture | None:
    differences = problem.differences if isinstance(problem, Mismatch) else ()
    return next((d.picture() for d in differences if d.picture), None)


def _differences(mismatch: Mismatch) -> list[tuple[str, str]]:
    rows = [(d.name.removeprefix(GRADIENT), d) for d in mismatch.differences]
    shown = [
        ("gradient" if d.name.startswith(GRADIENT) else "value", f"of {name}: {d.text}")
        for name, d in rows
    ]
    right = [name for name in mismatch.right if " of call " not in name]
    values = [name for name in right if not name.startswith(GRADIENT)]
    gradients = [name.removeprefix(GRADIENT) for name in right if name.startswith(GRADIENT)]
    if values:
        shown.append(("value", f"of {', '.join(values)}: right"))
    if gradients:
        shown.append(("gradient", f"of {', '.join(gradients)}: right"))
    return shown
