"""Where answers come from: in the house the reference, in a student copy what was recorded of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from graders.answers import Answers, LiveAnswers, OwnAnswers
from graders.course import Course, Module
from graders.errors import CourseError
from graders.fingerprint import fresh_seed, release_id
from graders.goldens import FOLDER, Goldens
from graders.shelf import Shelf
from graders.submission import Submission
from graders.worker.launch import Launcher

from .place import is_house

OWN = "D"  # the level of isolation that one's own work needs


def reader_for(course: Course, module: Module) -> Callable[[Path], Submission] | None:
    """How submissions are read here: in the course repository they may hold notebooks, too."""
    if not is_house(course):
        return None
    handed = importlib.import_module(f"{__package__}.nbgrader.handed")  # a student copy has none
    reader: Callable[[Path], Submission] = handed.reader_for(course, module)
    return reader


def answers_for(
    course: Course, module: Module, seed: str | None, shelf: Shelf | None = None
) -> Callable[[Launcher], Answers]:
    """How to get the answers here: from the reference, or from what was recorded of it.

    Args:
        seed: of the inputs; None is one that nobody knew before.
        shelf: where the processes of one batch share what they compute of the reference.

    Raises:
        CourseError: a seed in a student copy.
    """
    if is_house(course):
        chosen = seed or fresh_seed()
        release = release_id(course)
        return lambda launcher: LiveAnswers(course, module, launcher, chosen, release, shelf)
    if seed:
        raise CourseError("A student copy has answers to its own inputs only: leave --seed away.")
    if module.handed_in:
        return lambda launcher: OwnAnswers(course, launcher)
    return lambda launcher: Goldens(course.root / FOLDER / f"{module.folder}.safetensors")
