"""The trials of an audit. Each is done by one process, on graders that it keeps from trial to trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from graders.answers import LiveAnswers, Remembering
from graders.calls import Implementation
from graders.check import Check, load_checks
from graders.course import Course, Module
from graders.fingerprint import release_id
from graders.grade import Grader, scenario_modules
from graders.judge import Transcript, Verdict, judge, problem_of
from graders.mistakes import Variant
from graders.original import Original
from graders.outcomes import Outcome
from graders.submission import Submission, read_submission
from graders.worker.client import Trusted, Worker
from graders.worker.folders import private_folder
from graders.worker.launch import Launcher, launcher

from ..house import OWN
from .conditions import Condition
from .mutants import Mutant

SEED = "audit"
SECONDS = 2.0  # for one run of a mutant: a loop that no longer ends is found out then


@dataclass(frozen=True)
class Found:
    """What some trials came to: how many were made, how many came out right, and what was wrong."""

    made: int
    right: int
    findings: tuple[str, ...] = ()


class Bench:
    """What one process keeps: a zygote for all modules, and a grader for each."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.package = course.package
        self.reference = read_submission(course.root / "reference", course.package)
        self._stack = ExitStack()
        checks = [check for module in course.modules for check in load_checks(module)]
        patient = replace(course.limits, submission_seconds=3600)  # one worker does many trials
        self.launcher: Launcher = launcher(patient, scenario_modules(checks))
        self._stack.callback(self.launcher.close)
        self._scratch = self._stack.enter_context(private_folder("audit"))
        files = self.reference.files
        self._original = Original(self._scratch / "reference", self.package, files)
        self._release = release_id(course)
        self._graders: dict[str, Grader] = {}
        self._numbers = count()

    def close(self) -> None:
        """End all that was started."""
        self._stack.close()

    def grader(self, module: Module) -> Grader:
        """The grader of a module, started when it is first asked for."""
        if module.id not in self._graders:

            def answers(launcher: Launcher) -> LiveAnswers:
                return LiveAnswers(self.course, module, launcher, SEED, self._release)

            made = Grader(
                self.course,
                module,
                answers,
                shared=self.launcher,
                required_level=OWN,
                with_own_parts=False,
            )
            self._graders[module.id] = self._stack.enter_context(made)
        return self._graders[module.id]

    def work(self, files: Mapping[str, bytes]) -> Submission:
        """The reference with some files replaced, as if a learner had handed it in."""
        return replace(self.reference, files={**self.reference.files, **files})

    @contextmanager
    def worker(self) -> Iterator[Callable[[Mapping[str, bytes]], Implementation]]:
        """A worker for code of ours: makes an implementation of the reference with other files."""
        worker = Worker(self.launcher, (self._scratch,))

        def made(files: Mapping[str, bytes]) -> Implementation:
            name = f"work_{next(self._numbers)}"
            self._original.copy(self._scratch / name, files)
            return Trusted(worker, name, self._scratch / name, self.package, SECONDS)

        try:
            yield made
        finally:
            worker.end()

    def checks(self, module: Module, file: str, symbol: str = "") -> list[Check]:
        """The checks of the exercises in a file, those of ``symbol`` first."""
        exercises = {e.id: e.symbol for e in module.exercises if e.file == file}
        checks = [c for c in self.grader(module).checks if c.exercise in exercises]
        return sorted(checks, key=lambda check: exercises[check.exercise] != symbol)


def try_mistakes(bench: Bench, module: Module, variants: Sequence[Variant]) -> Found:
    """Each known mistake loses points on its exercise, and is called by its name."""
    grader, findings = bench.grader(module), []
    package = bench.course.root / "reference" / bench.package
    with bench.worker() as made:
        for variant in variants:
            patched = {variant.file: variant.apply(package).encode()}
            wrong = _wrong_with(variant, grader, made({**grader.answers.standins, **patched}))
            if wrong:
                who = f"mistake {variant.mistake.id}, variant {variant.number}"
                findings.append(f"{variant.source.name}: {who}, {wrong}")
    return Found(len(variants), len(variants) - len(findings), tuple(findings))


def _wrong_with(variant: Variant, grader: Grader, learner: Implementation) -> str:
    """What is wrong with how a known mistake is judged, in words; "" if nothing."""
    exercise = grader.module.exercise(variant.mistake.exercise)
    checks = [check for check in grader.checks if check.exercise == exercise.id]

    def judged(suspect: str | None) -> Iterator[Verdict]:
        return (judge(check, exercise, learner, grader.answers, suspect) for check in checks)

    lost = False
    for verdict in judged(variant.mistake.id):  # looking for no other one: that takes far longer
        lost |= verdict.outcome is not Outcome.PASSED
        if verdict.diagnosis:
            return ""
    if not lost:
        return f"gets all points of {exercise.id}"
    names = {mistake.id for verdict in judged(None) for mistake in verdict.diagnosis}
    instead = f"; it is called {', '.join(sorted(names))}" if names else ""
    return f"loses points but is not named{instead}"


def try_mutants(bench: Bench, module: Module, mutants: Sequence[Mutant]) -> list[Mutant]:
    """The mutants that pass every check of their file."""
    reference, survivors = bench.grader(module).answers.reference, []
    with bench.worker() as made:
        for mutant in mutants:
            learner = made({mutant.file: mutant.text.encode()})
            checks = bench.checks(module, mutant.file, mutant.symbol)
            if all(problem_of(c, Transcript(learner), reference, SEED) is None for c in checks):
                survivors.append(mutant)
    return survivors


def try_solution(bench: Bench, module: Module, style: Path) -> Found:
    """A correct solution, written another way, has all points."""
    files = {p.relative_to(style).as_posix(): p.read_bytes() for p in style.rglob("*.py")}
    grader = bench.grader(module)
    work = grader.supported(bench.work(files))
    verdicts = grader.verdicts(work, grader.checks)
    wrong = [v.problem for v in verdicts if v.outcome is not Outcome.PASSED]
    where = f"{style.parent.name}/{style.name}"
    return Found(1, int(not wrong), tuple(f"{where}: {problem}" for problem in wrong))


def try_reference(
    bench: Bench, module: Module, condition: Condition, seeds: Sequence[str]
) -> Found:
    """The reference passes with inputs from other seeds, under a condition."""
    checks, findings, right = bench.grader(module).checks, [], 0
    init = bench.reference.files.get("__init__.py", b"") + condition.preamble
    with bench.worker() as made, bench.worker() as made_for_learner, condition.comparing():
        learner, reference = condition.of(made_for_learner({"__init__.py": init})), made({})
        for seed in seeds:
            wrong = []
            for check in checks:
                if condition.single and check.double_only:
                    continue
                answers = Remembering(reference)  # it gives the same on either side
                transcript = Transcript(answers if condition.plain else learner)
                problem = problem_of(check, transcript, answers, seed)
                if problem is not None:
                    wrong.append(f"{check.id}: {problem}")
            right += not wrong
            under = f"{condition.dtype}, {condition.threads} threads, seed {seed!r}"
            findings += [f"the reference fails under {under}: {what}" for what in wrong]
    return Found(len(seeds), right, tuple(findings))
