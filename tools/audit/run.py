"""An audit: split it into trials, spread them over processes, and gather what they found."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from graders.check import load_checks
from graders.course import Course, Module
from graders.manifest import load_course
from graders.mistakes import load_variants

from ..processes import abandon, process_pool, stoppable
from .conditions import CONDITIONS
from .equivalents import Key, key_of, load_equivalents
from .mutants import Mutant, make_mutants
from .trials import Bench, Found, try_mistakes, try_mutants, try_reference, try_solution

MUTANTS_AT_ONCE, RUNS_AT_ONCE = 40, 10
STYLES, STYLES_OF_PRACTICE = 4, 3  # so many other solutions are there of each file, at least
KNOWN, MUTANTS, SOLUTIONS, REFERENCE = "known mistakes", "mutants", "solutions", "reference runs"
KINDS = (KNOWN, MUTANTS, SOLUTIONS, REFERENCE)


@dataclass(frozen=True)
class Trial:
    """What one process does at a time."""

    module: str
    kind: str
    what: tuple[Any, ...]  # arguments of the function of that kind


@dataclass
class Audited:
    """What came of the audit of one module."""

    module: Module
    checks: int
    listed: Collection[Key]  # mutants that are said to be equivalent
    made: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    equivalent: int = 0
    findings: list[str] = field(default_factory=list)

    def add(self, kind: str, found: Found, seconds: float) -> None:
        self.seconds[kind] += seconds
        self.made[kind] += found.made
        self.right[kind] += found.right
        self.findings += found.findings


def audit(
    course: Course,
    modules: Sequence[Module],
    runs: int,
    sample: int,
    jobs: int,
    progress: Callable[[int, int], None],
) -> list[Audited]:
    """Audit some modules.

    Args:
        runs: how often the reference is graded, each time with inputs from another seed.
        sample: of so many mutants, and known mistakes of an exercise, one is made, always the same.
        jobs: number of processes.
        progress: called with the number of trials done, and of all.

    Raises:
        CourseError: something is broken, so that the audit cannot be done.
    """
    audited = {module.id: _prepared(course, module) for module in modules}
    trials = [trial for module in modules for trial in _trials(course, module, runs, sample)]
    trials.sort(key=_about_how_long, reverse=True)
    survivors: list[Mutant] = []
    with process_pool(jobs, _open_bench, course.path) as pool:
        pending = {pool.submit(_try, trial): trial for trial in trials}
        try:
            for done, future in enumerate(as_completed(pending), start=1):
                found, alive, seconds = future.result()
                audited[pending[future].module].add(pending[future].kind, found, seconds)
                survivors += alive
                progress(done, len(trials))
        except BaseException:
            abandon(pool)
            raise
    for module in modules:
        of_module = [mutant for mutant in survivors if mutant.file in module.files]
        left_out = {
            key_of(mutant)
            for file in module.files
            for place, mutant in enumerate(_mutants(course, file))
            if place % sample
        }
        _compare_with_list(audited[module.id], of_module, left_out)
        audited[module.id].findings.sort()
    return [*audited.values()]


def _prepared(course: Course, module: Module) -> Audited:
    """What can be found missing before anything is run."""
    made = Audited(module, len(load_checks(module)), load_equivalents(course, module))
    known = {variant.mistake.exercise for variant in load_variants(course, module)}
    for exercise in module.exercises:
        if exercise.id not in known:
            made.findings.append(f"{exercise.id} {exercise.title}: no known mistake")
    for file in module.files:
        styles = [style for style in _styles(course, module) if (style / file).is_file()]
        wanted = STYLES_OF_PRACTICE if file.startswith("practice/") else STYLES
        if len(styles) < wanted:
            said = f"{len(styles)} solutions of other styles, expected {wanted}"
            made.findings.append(f"{file}: {said}")
    return made


def _styles(course: Course, module: Module) -> list[Path]:
    folder = course.root / "tests" / "solutions" / module.folder
    return sorted(path for path in folder.glob("[!_.]*") if path.is_dir())


def _mutants(course: Course, file: str) -> list[Mutant]:
    path = course.root / "reference" / course.package / file
    return make_mutants(file, path.read_text(encoding="utf-8"))


def _trials(course: Course, module: Module, runs: int, sample: int) -> Iterator[Trial]:
    variants = load_variants(course, module)
    for exercise in module.exercises:
        # together: what the mistakes of an exercise give is computed once in a process
        of_exercise = [v for v in variants if v.mistake.exercise == exercise.id]
        yield Trial(module.id, KNOWN, (of_exercise[::sample],))
    for file in module.files:
        for some in _batches(_mutants(course, file)[::sample], MUTANTS_AT_ONCE):
            yield Trial(module.id, MUTANTS, (some,))
    for style in _styles(course, module):
        yield Trial(module.id, SOLUTIONS, (style,))
    seeds = [f"audit {number}" for number in range(runs)]
    share = max(1, runs // 20)  # of each condition but the one under which all is graded
    for condition in CONDITIONS[::-1]:
        chosen, seeds = (seeds, []) if condition.plain else (seeds[:share], seeds[share:])
        for some in _batches(chosen, RUNS_AT_ONCE):
            yield Trial(module.id, REFERENCE, (condition, some))


def _about_how_long(trial: Trial) -> int:
    """So that no long trial comes last, while all processes but one have nothing left to do."""
    return len(trial.what[0]) if trial.kind == KNOWN else -KINDS.index(trial.kind)


def _batches(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _compare_with_list(audited: Audited, survivors: list[Mutant], left_out: set[Key]) -> None:
    alive = {key_of(mutant) for mutant in survivors}
    unlisted = [mutant for mutant in survivors if key_of(mutant) not in audited.listed]
    audited.findings += [f"no check sees this change in {mutant.shown}" for mutant in unlisted]
    audited.equivalent = len(survivors) - len(unlisted)
    for key in audited.listed:
        if key not in alive and key not in left_out:
            file, was, becomes = key
            audited.findings.append(
                "listed as equivalent, but a check kills it, or there is no such mutant any more: "
                f"{file}:\n      - {was}\n      + {becomes}"
            )


_bench: Bench  # of this process


def _open_bench(manifest: Path) -> None:
    global _bench
    _bench = Bench(load_course(manifest))
    Finalize(_bench, _bench.close, exitpriority=1)


def _try(trial: Trial) -> tuple[Found, list[Mutant], float]:
    """What a trial came to, the mutants that survived it, and the seconds that it took."""
    module, started = _bench.course.module(trial.module), time.monotonic()
    survivors: list[Mutant] = []
    with stoppable(_bench.close):
        if trial.kind == MUTANTS:
            (mutants,) = trial.what
            survivors = try_mutants(_bench, module, mutants)
            found = Found(len(mutants), len(mutants) - len(survivors))
        else:
            tries = {KNOWN: try_mistakes, SOLUTIONS: try_solution, REFERENCE: try_reference}
            found = tries[trial.kind](_bench, module, *trial.what)  # type: ignore[operator]
    return found, survivors, time.monotonic() - started
