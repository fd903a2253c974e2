"""What ``course watch`` does: after each save, the checks of what was touched, in a warm process.

It only adds lines and never redraws: good for a screen reader, a log, a narrow terminal.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache

from rich.console import Console
from rich.text import Text

from graders.check import load_checks
from graders.course import Course, Exercise, Module
from graders.errors import CourseError, printable
from graders.grade import Grader, scenario_modules
from graders.judge import Verdict
from graders.outcomes import Outcome
from graders.progress import read_state, remember_or_say
from graders.submission import read_submission
from graders.work import Work
from graders.worker.launch import Ahead, Launcher, Subprocesses, launcher

from .guide import next_in, place_of
from .house import OWN, answers_for
from .saves import Saves
from .show import EXPLAINED, explain, state
from .standing import points_of, standings, stub_in
from .words import WORDS, worst


def watch_work(course: Course, modules: Sequence[Module], console: Console) -> None:
    """Judge what each save touched, until the user stops it with Ctrl-C.

    Args:
        modules: the modules whose exercises are judged.

    Raises:
        CourseError: the recorded answers are missing or damaged.
    """
    folder = course.root / course.package
    with ExitStack() as stack:
        watcher = stack.enter_context(Watcher(course, modules, console))
        saves = Saves(folder)
        watcher.warm()
        names = ", ".join(module.id for module in modules)
        console.print(
            Text(f"Watching {course.package}/ for module {names}. Save a file; Ctrl-C ends.")
        )
        try:
            for saved in saves.wait():
                watcher.judge(saved, saves.new)
        except KeyboardInterrupt:
            console.print(Text("Stopped. `course status` knows what was seen."))


@dataclass
class Watcher:
    """Holds what is warm: the graders of the modules, and the process that workers are forked from."""

    course: Course
    watched: Sequence[Module]
    console: Console
    _stack: ExitStack = field(default_factory=ExitStack)
    _judged: Work = field(init=False)  # as it was when it was last judged
    _seen: dict[str, Outcome] = field(default_factory=dict)  # exercise -> as it was last said

    def __enter__(self) -> Watcher:
        checks = [check for module in self.watched for check in load_checks(module)]
        limits, scenarios = self.course.limits, scenario_modules(checks)
        self._workers: Launcher = launcher(limits, scenarios)
        if isinstance(self._workers, Subprocesses):  # no fork here, so a worker takes seconds
            self._workers = Ahead(limits, scenarios)
        self._stack.callback(self._workers.close)
        try:
            self._graders = {
                module.id: self._stack.enter_context(
                    Grader(
                        self.course,
                        module,
                        answers_for(self.course, module, None),
                        shared=self._workers,
                        required_level=OWN,
                    )
                )
                for module in self.watched
            }
        except BaseException:
            self._stack.close()
            raise
        self._work = self._judged = self._work_now()
        for check, last in read_state(self.course).checks.items():
            exercise = check.partition("/")[0]
            self._seen[exercise] = worst({last.outcome, self._seen.get(exercise, last.outcome)})
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _work_now(self) -> Work:
        return Work(self.course).read(e for module in self.watched for e in module.exercises)

    def warm(self) -> None:
        """Run some checks now, so that the first save finds all that is needed loaded."""
        for module in self.watched:
            self._run(module, module.exercises[:1])

    def judge(self, saved: Sequence[str], newer: Callable[[], list[str]]) -> None:
        """Say what the touched exercises came to: the changed ones in full, of others what is new.

        Args:
            saved: files, below the package.
            newer: what was saved since; work that is saved again is begun anew.
        """
        started = time.perf_counter()
        before, self._work = self._judged, self._work_now()
        head = f"\n{time.strftime('%H:%M:%S')} saved {', '.join(saved)}"
        self.console.print(Text(head, style="bold"))
        broken = [why for file in saved if (why := not_python(self._work.text(file)))]
        if broken:
            self.console.print(Text(f"Not valid Python yet: {'; '.join(broken)}"))
            return
        touched = [e for m in self.watched for e in m.exercises if self._touched(e, saved)]
        if not touched:
            self.console.print(Text("No exercise that is watched depends on it."))
            return
        main = [e for e in touched if e.file in saved and changed(e, before, self._work)]
        main = main or [e for e in touched if e.file in saved and not self._is_stub(e)]
        rest = [exercise for exercise in touched if exercise not in main]
        for exercises, say in ((main, self._say), (rest, self._say_if_new)):
            for module in self.watched:
                mine = [e for e in exercises if self.course.module_of(e.id) == module]
                if more := newer():
                    self.judge(sorted({*saved, *more}), newer)
                    return
                self._judge(module, mine, say, started)
        self._judged = self._work
        self._sum(touched)
        if main and all(self._seen[exercise.id] is Outcome.PASSED for exercise in main):
            self._say_next()

    def _touched(self, exercise: Exercise, saved: Sequence[str]) -> bool:
        return not {*saved}.isdisjoint(self._work.files_of(exercise))

    def _is_stub(self, exercise: Exercise) -> bool:
        return stub_in(self._work.text(exercise.file), exercise) is not None

    def _judge(
        self,
        module: Module,
        exercises: Sequence[Exercise],
        say: Callable[[Exercise, list[Verdict], float], None],
        started: float,
    ) -> None:
        if not exercises:
            return
        try:
            verdicts = self._run(module, exercises)
        except CourseError as error:
            self.console.print(Text(f"It could not be judged: {error}"))
            return
        for exercise in exercises:
            mine = [verdict for verdict in verdicts if verdict.check.exercise == exercise.id]
            say(exercise, mine, time.perf_counter() - started)
            self._seen[exercise.id] = state(mine)
        results = [(v.check.id, v.outcome, v.points) for v in verdicts]
        remember_or_say(self.course, results, self._work)

    def _run(self, module: Module, exercises: Iterable[Exercise]) -> list[Verdict]:
        grader = self._graders[module.id]
        wanted = {exercise.id for exercise in exercises}
        checks = [check for check in grader.checks if check.exercise in wanted]
        verdicts = grader.verdicts(read_submission(self.course.root, self.course.package), checks)
        self._workers.prepare()
        return verdicts

    def _say(self, exercise: Exercise, verdicts: list[Verdict], seconds: float) -> None:
        outcome = state(verdicts)
        word, colour = WORDS[outcome]
        points = sum(verdict.points for verdict in verdicts)
        line = Text(f"{exercise.id} {exercise.title}: ")
        line.append(word, style=f"bold {colour}")
        line.append(f", {points} of {exercise.points} points ({seconds:.2f} s)")
        self.console.print(line)
        wrong = [verdict for verdict in verdicts if verdict.outcome in EXPLAINED]
        for verdict in wrong[:1]:
            explain(verdict, self.console)

    def _say_if_new(self, exercise: Exercise, verdicts: list[Verdict], seconds: float) -> None:
        outcome = state(verdicts)
        if self._seen.get(exercise.id, outcome) is not outcome:
            was = WORDS[self._seen[exercise.id]][0]
            text = f"{exercise.id} {exercise.title}: {WORDS[outcome][0]} now, it was: {was}"
            self.console.print(Text(text))

    def _sum(self, touched: Sequence[Exercise]) -> None:
        known = standings(self.course)
        touched_modules = {self.course.module_of(exercise.id).id for exercise in touched}
        for module in self.watched:
            if module.id in touched_modules:
                points = points_of(module, known)
                self.console.print(
                    Text(f"{module.id} {module.title}: {points} of {module.points} points")
                )

    def _say_next(self) -> None:
        """After right work: where to go on, in the modules that are watched, or what to type."""
        watched = {e.id for module in self.watched for e in module.exercises}
        known = {name: how for name, how in standings(self.course).items() if name in watched}
        if waiting := next_in(known):
            exercise = waiting.exercise
            place = place_of(self.course, exercise)
            self.console.print(Text(f"Next: {exercise.id} {exercise.title}, {place}"))
        else:
            self.console.print(Text("All of it has all its points. Where to go on: course next"))


def not_python(text: str) -> str:
    """Why a text is no valid Python, and where; "" if it is."""
    try:
        compile(text, "the file", "exec", dont_inherit=True)  # which runs nothing
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        return (f"line {line}: " if line else "") + printable(getattr(error, "msg", str(error)))
    return ""


def changed(exercise: Exercise, before: Work, now: Work) -> bool:
    """Whether the exercise's own function or class was changed; False where that cannot be told."""
    old, new = (_definitions(work.text(exercise.file)) for work in (before, now))
    return old.get(exercise.symbol) != new.get(exercise.symbol)


@lru_cache(maxsize=64)
def _definitions(text: str) -> dict[str, str]:
    """Top-level functions and classes as they are written, by name; none if it is no Python."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return {}
    lines = text.splitlines()
    return {
        node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
