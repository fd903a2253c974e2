"""Where expected results come from: the reference itself, or what was recorded of it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from .calls import Call, Implementation, Result, Scenario, scenario_name
from .course import Course, Module
from .errors import CourseError
from .mistakes import Mistake, Variant, load_variants
from .original import Original
from .outcomes import RunFailure
from .released import manifest_of
from .shelf import Shelf
from .submission import read_submission
from .worker.client import Trusted, Worker
from .worker.folders import make_folder, remove_folder
from .worker.launch import Launcher


class Answers(Protocol):
    """What a grader compares a learner's results with."""

    seed: str  # of the inputs
    release: str  # of the course that the answers belong to
    reference: Implementation
    standins: Mapping[str, bytes]  # take the place of the learner's files of earlier modules

    def mistakes(self, exercise: str) -> Sequence[tuple[Mistake, Implementation]]:
        """The known mistakes of an exercise; one with several variants comes several times."""

    def close(self) -> None:
        """End what was started."""


@dataclass
class Remembering:
    """An implementation that runs each call once; with a shelf, once in all processes of a batch."""

    inner: Implementation
    name: str = ""  # on the shelf
    shelf: Shelf | None = None
    known: dict[str, Result | RunFailure] = field(default_factory=dict)

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        call = Call(scenario_name(scenario), inputs)
        known = self.known.get(call.key)
        if known is None and self.shelf:
            known = self.shelf.find(self.name, call)
        if known is None:
            try:
                known = self.inner.run(scenario, **inputs)
            except RunFailure as failure:
                known = failure
            if self.shelf:
                self.shelf.put(self.name, call, known)
        self.known[call.key] = known
        if isinstance(known, RunFailure):
            raise known.with_traceback(None)  # else it keeps the frames of each raise
        return known


@dataclass
class NeverFails:
    """The reference as checks see it: that it fails is an error of the course, not of a learner."""

    inner: Implementation

    def run(self, scenario: Scenario, **inputs: Any) -> Result:
        try:
            return self.inner.run(scenario, **inputs)
        except RunFailure as failure:
            raise CourseError(
                f"The reference itself fails in {scenario_name(scenario)}: {failure.message}. "
                "Mend the reference or the scenario; nothing was graded with it."
            ) from None


def load_standins(course: Course, module: Module) -> dict[str, bytes]:
    """Correct files, built from torch's own layers, for all that ``module`` builds on.

    With them in place of the learner's, a mistake in an early module costs nothing in a later one.
    """
    folder = course.root / "reference" / "standins"
    if module.handed_in:  # none of a learner's code is run
        return {}
    names = [file for before in course.before(module) for file in before.files]
    return {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}


class OwnAnswers:
    """In a student copy, for a project: the learner's own package, in a worker, does the arithmetic.

    There is no reference there, and one's own marks are for oneself: the instructor's grader runs
    the reference.
    """

    seed = "public"
    standins: Mapping[str, bytes] = {}

    def __init__(self, course: Course, launcher: Launcher) -> None:
        self.release = str(manifest_of(course.root)["release"])
        self._worker = Worker(launcher, (course.root / course.package,))
        trusted = Trusted(self._worker, "own", course.root, course.package)
        self.reference: Implementation = Remembering(trusted)

    def mistakes(self, exercise: str) -> Sequence[tuple[Mistake, Implementation]]:
        return ()

    def close(self) -> None:
        self._worker.end()


class LiveAnswers:
    """Answers computed by the reference and its known mistakes, in a worker of their own."""

    def __init__(
        self,
        course: Course,
        module: Module,
        launcher: Launcher,
        seed: str,
        release: str,
        shelf: Shelf | None = None,
    ) -> None:
        self.seed = seed
        self.release = release
        self._course, self._module = course, module
        self._root = course.root / "reference"
        package = self._root / course.package
        if not package.is_dir():
            raise CourseError(
                f"There is no reference in {package}. Grading against the reference needs the "
                "course repository; in a student copy, `course grade` uses what was recorded of it."
            )
        self._scratch = make_folder("mistakes")
        self._worker = Worker(launcher, (self._root, self._scratch))
        self._shelf = shelf
        self.reference: Implementation = NeverFails(self._remembered("reference", self._root))
        self.standins: Mapping[str, bytes] = load_standins(course, module)
        self._mistakes: dict[str, list[tuple[Mistake, Implementation]]] = {}
        self._variants: dict[str, Implementation] = {}

    def _remembered(self, name: str, root: Path) -> Remembering:
        trusted = Trusted(self._worker, name, root, self._course.package)
        return Remembering(trusted, name, self._shelf)

    def mistakes(self, exercise: str) -> Sequence[tuple[Mistake, Implementation]]:
        if exercise not in self._mistakes:
            entry = self._module.exercise(exercise)
            self._mistakes[exercise] = [
                (variant.mistake, self._made(variant))
                for variant in load_variants(self._course, self._module)
                if variant.mistake.exercise in (entry.id, *entry.builds_on)
            ]
        return self._mistakes[exercise]

    @cached_property
    def _original(self) -> Original:
        """The reference on stand-ins, as a learner's work is."""
        package = self._course.package
        files = {**read_submission(self._root, package).files, **self.standins}
        return Original(self._scratch / "reference", package, files)

    def _made(self, variant: Variant) -> Implementation:
        """The reference with a mistake in it, written to a folder of its own when first asked for."""
        root = self._scratch / variant.name
        if variant.name not in self._variants:
            changed = variant.apply(self._root / self._course.package)
            self._original.copy(root, {variant.file: changed.encode()})
            self._variants[variant.name] = self._remembered(f"mistake_{variant.name}", root)
        return self._variants[variant.name]

    def close(self) -> None:
        with contextlib.suppress(CourseError):  # it is gone already
            self._worker.end()
        remove_folder(self._scratch)
