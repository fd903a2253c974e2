"""The package in use: the learner's own in a student copy, the reference in the course repository."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graders.course import Course, Exercise
from graders.errors import CourseError
from graders.manifest import find_course
from graders.outcomes import Crashed, RunFailure
from graders.worker.execute import explain
from graders.worker.loading import Package, load_package
from tools.place import is_house
from tools.standing import stub_in

if TYPE_CHECKING:
    from torch import nn

_PRACTICE = "practice/"  # nothing builds on these
_MEMORY = ("allocate memory", "out of memory")


class NotWritten(CourseError):
    """An exercise is not written yet, so that going on makes no sense."""


@dataclass(frozen=True)
class Own:
    """The package that the tools run: ``own.tt.model.TinyTransformerLM`` is its model.

    ``tt`` imports each file when it is first named; a missing one raises ``Crashed``, so name it
    inside ``with own.code(): …``, which puts whatever goes wrong there in words.
    """

    course: Course
    folder: Path
    tt: Package

    @contextlib.contextmanager
    def code(self) -> Iterator[None]:
        """Runs the learner's code; what it raises becomes a CourseError.

        Raises:
            NotWritten: it met an exercise that is not written yet; it names those up to it.
            CourseError: the code raised something (it names the line); or there was not enough
                memory. An exception that never came by the learner's code passes as it is.
        """
        try:
            yield
        except CourseError:
            raise
        except Exception as error:
            if isinstance(error, NotImplementedError) and (left := self.unfinished(str(error))):
                raise self._not_written(left) from error
            told = self._told(error)
            if told is None:
                raise
            raise CourseError(told) from error

    def _not_written(self, left: list[Exercise]) -> NotWritten:
        first, *then = left
        more = f"; then {', '.join(exercise.id for exercise in then)}" if then else ""
        return NotWritten(
            f"{self.course.package} is not finished, and this needs {left[-1].id}. Still to be "
            f"written: {first.id} {first.title} ({first.file}){more}. Begin with the first: "
            f"course show {first.id}, course hint {first.id}"
        )

    def _told(self, error: Exception) -> str | None:
        if isinstance(error, MemoryError) or any(part in str(error) for part in _MEMORY):
            return (
                f"There is not enough memory: {str(error).partition(chr(10))[0]}. Make "
                "training.batch_size, training.seq_len or the model smaller."
            )
        if "InvalidCxxCompiler" in str(error):
            return (
                "training.compile needs a C++ compiler, and there is none here. Install one (g++ or "
                "clang), or say --set training.compile=false."
            )
        name = self.course.package
        if isinstance(error, RunFailure):
            return f"{name} cannot be used: {error.message}."
        frames = traceback.extract_tb(error.__traceback__)
        inside = any(Path(frame.filename).is_relative_to(self.folder) for frame in frames)
        if inside or isinstance(error, (TypeError, SyntaxError)):
            return f"{name} did not work here: {explain(error, self.folder).message}."
        return None

    def unfinished(self, stub: str = "") -> list[Exercise]:
        """The exercises whose stubs still stand, in the order of the course, practice left out.

        Args:
            stub: what a stub says that was met: what comes after it is left out, too.
        """
        found: list[Exercise] = []
        for module in self.course.modules:
            for exercise in module.exercises:
                path = self.folder / exercise.file
                if exercise.file.startswith(_PRACTICE) or not path.is_file():
                    continue
                text = path.read_text(encoding="utf-8", errors="replace")
                if stub_in(text, exercise):
                    found.append(exercise)
        ids = [exercise.id for exercise in found]
        met = stub.partition(" ")[0]
        return found[: ids.index(met) + 1] if met in ids else found

    def build_model(self, arguments: dict[str, Any]) -> nn.Module:
        """``TinyTransformerLM(**arguments)``; CourseError as in ``code``."""
        with self.code():
            model: nn.Module = self.tt.model.TinyTransformerLM(**arguments)
            return model


def own_package(course: Course | None = None) -> Own:
    """The package to use, not imported further than its ``__init__.py``.

    Args:
        course: None is the course around the current folder.

    Raises:
        CourseError: there is no course here, or the package is missing or cannot be imported.
    """
    course = course or find_course()
    root = course.root / "reference" if is_house(course) else course.root
    folder = root / course.package
    try:
        return Own(course, folder, load_package(root, course.package))
    except Crashed as error:
        raise CourseError(f"{error.message}. Run this where your {course.package} is.") from None
    except Exception as error:
        told = explain(error, folder).message
        raise CourseError(f"{course.package} cannot be imported: {told}.") from error
