"""Where a command runs: in the course repository, the house, or in a student copy. Quick to import."""

from __future__ import annotations

from graders.course import Course
from graders.errors import CourseError
from graders.manifest import find_course


def is_house(course: Course) -> bool:
    """Whether this is the course repository (with the reference), not a student copy."""
    return (course.root / "reference").is_dir()


def own_house(purpose: str) -> Course:
    """The course repository around the current folder.

    Args:
        purpose: what a student copy cannot do, to be told there: "audit".

    Raises:
        CourseError: there is none, or this is a student copy.
    """
    course = find_course()
    if not is_house(course):
        raise CourseError(
            f"{course.root} is a student copy: there is no reference to {purpose}. Run this in the "
            "course repository."
        )
    return course


def own_copy() -> Course:
    """The student copy around the current folder.

    Raises:
        CourseError: there is none, or this is the course repository.
    """
    course = find_course()
    if is_house(course):
        raise CourseError(
            f"{course.root} is the course repository, and this command is for a learner in a student "
            "copy. Make one with `course release --out DIR`, `cd DIR`, and run it there."
        )
    return course
