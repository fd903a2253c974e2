"""Whose a report is, in a gradebook of Canvas."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from graders.errors import CourseError

from .canvas_file import ID, KEYS, NAME, Student

# what `course grade` calls a student of a class that was downloaded from Canvas: doejane_123
DOWNLOADED = re.compile(r"\S+_([1-9]\d*)", re.ASCII)


def match(
    names: Iterable[str], students: Sequence[Student], keys: Sequence[str] = KEYS
) -> dict[str, Student]:
    """The student whom each name means, for the names that mean one.

    Looked for as ID, then as SIS User ID, as SIS Login ID and as name, as Canvas does. Upper and
    lower case are alike, and so are "Doe, Jane" and "Jane Doe".

    Raises:
        CourseError: a name can mean several students, or several names mean one.
    """
    known: dict[tuple[str, str], list[Student]] = defaultdict(list)
    for student in students:
        for key in keys:
            if key in student.keys:
                known[key, _alike(key, student.keys[key])].append(student)
    found: dict[str, Student] = {}
    names_of: dict[int, list[str]] = defaultdict(list)
    problems = []
    for name in names:
        meant: dict[int, tuple[Student, str]] = {}
        for key in keys:
            for form in _forms(name, key):
                for student in known.get((key, _alike(key, form)), ()):
                    meant.setdefault(student.row, (student, key))
        if len(meant) > 1:
            several = " or ".join(f"{student} by {key}" for student, key in meant.values())
            problems.append(f"{name!r} is {several}")
        elif meant:
            ((found[name], _),) = meant.values()
            names_of[found[name].row].append(name)
    for same in names_of.values():
        if len(same) > 1:
            problems.append(f"{' and '.join(map(repr, same))} are both {found[same[0]]}")
    if problems:
        raise CourseError(
            f"It is not clear whose these reports are: {'; '.join(problems)}. Nothing was written. "
            "Say by which column to look for students (--match), or grade with other names."
        )
    return found


def _forms(name: str, key: str) -> list[str]:
    downloaded = DOWNLOADED.fullmatch(name) if key == ID else None
    return [name, downloaded[1]] if downloaded else [name]


def _alike(key: str, text: str) -> str:
    words = text.casefold().strip()
    return " ".join(sorted(re.findall(r"[^\W_]+", words))) if key == NAME else words
