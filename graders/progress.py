"""What a learner has reached and was shown, remembered in one small file of the student copy.

The file is written twice, so that either of the two can be damaged and nothing is lost.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, Field, ValidationError

from .course import Course
from .errors import CourseError
from .files import write_whole
from .handed_work import HandedWork
from .outcomes import Outcome
from .released import manifest_of
from .work import Work

FOLDER = ".course"
STATE, TWIN, DAMAGED = "state.json", "state.twin.json", "state.damaged.json"
LOCK_SECONDS = 5.0


class Known(BaseModel):
    """How a check ended when it last ran."""

    outcome: Outcome
    points: int = Field(ge=0)
    work: str  # digest of the exercise's files then
    release: str  # of the checks


class State(BaseModel):
    """All that is remembered."""

    version: Literal[1] = 1
    hints: dict[str, int] = {}  # exercise -> how many were shown
    checks: dict[str, Known] = {}  # "01.2/gradients" -> how it ended


def is_copy(course: Course) -> bool:
    """Whether this is a student copy, where something can be remembered."""
    return (course.root / FOLDER).is_dir()


def release_of(course: Course) -> str:
    """Name of the release that a student copy is of; "" where its manifest does not say."""
    with suppress(CourseError):
        return str(manifest_of(course.root)["release"])
    return ""


def read_state(course: Course) -> State:
    """What is remembered; of a damaged file its twin, and if both are damaged, nothing."""
    for name in (STATE, TWIN):
        with suppress(OSError, ValueError):  # pydantic's ValidationError is a ValueError
            return _parsed(course.root / FOLDER / name)
    return State()


def _parsed(path: Path) -> State:
    return State.model_validate_json(path.read_bytes())


@contextmanager
def changing(course: Course) -> Iterator[State]:
    """The state, to be changed and written at the end of the block; one process at a time.

    A damaged file is kept aside as ``state.damaged.json``.

    Raises:
        CourseError: it cannot be written, as in a folder that may only be read.
    """
    folder = course.root / FOLDER
    path = folder / STATE
    try:
        with FileLock(folder / "state.lock", timeout=LOCK_SECONDS):
            with suppress(FileNotFoundError):
                try:
                    _parsed(path)
                except ValidationError:
                    path.replace(folder / DAMAGED)
            state = read_state(course)
            yield state
            content = state.model_dump_json(indent=1).encode() + b"\n"
            write_whole(path, content)
            write_whole(folder / TWIN, content)
    except Timeout:
        raise CourseError(
            f"{path} is in use by another `course` or `pytest`. Wait for its end and run again."
        ) from None
    except OSError as error:
        raise CourseError(
            f"{folder} cannot be written to ({error.strerror}), so nothing new is remembered. Give "
            "the permission, or work in a copy of the folder."
        ) from None


def remember(
    course: Course, results: Iterable[tuple[str, Outcome, int]], work: Work | HandedWork
) -> None:
    """Keep how checks ended: id, outcome, points of each.

    Args:
        work: the files as they were when the checks ran.

    Raises:
        CourseError: it cannot be written.
    """
    release = release_of(course)
    known: Mapping[str, Known] = {
        check: Known(
            outcome=outcome,
            points=points,
            work=work.digest(course.exercise(check.partition("/")[0])),
            release=release,
        )
        for check, outcome, points in results
    }
    with changing(course) as state:
        state.checks.update(known)


def remember_or_say(
    course: Course, results: Iterable[tuple[str, Outcome, int]], work: Work | HandedWork
) -> None:
    """``remember``, where this is a student copy; what cannot be kept is said, and costs nothing."""
    if not is_copy(course):
        return
    try:
        remember(course, results, work)
    except CourseError as error:
        print(f"(`course status` will not know of this: {error})", file=sys.stderr)
