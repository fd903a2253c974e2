"""Mutants that no check can kill, each with the reason: ``reference/equivalent/<id>_*.toml``.

They do what the reference does, or differ only where the contract leaves the answer open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graders.course import Course, Module
from graders.errors import CourseError
from graders.toml import tomllib

from .mutants import Mutant

Key = tuple[str, str, str]  # file, the line as it was, and as it becomes
KEYS = {"file", "was", "becomes", "reason"}


def key_of(mutant: Mutant) -> Key:
    """What a mutant is listed under: it stays the same while the lines around it change."""
    return (mutant.file, mutant.was, mutant.becomes)


def load_equivalents(course: Course, module: Module) -> Mapping[Key, str]:
    """The listed mutants of a module, and why each is equivalent.

    Raises:
        CourseError: an entry is broken, lacks a reason, or is listed twice.
    """
    listed: dict[Key, str] = {}
    for path in sorted((course.root / "reference" / "equivalent").glob(f"{module.id}_*.toml")):
        try:
            entries: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))["equivalent"]
        except (tomllib.TOMLDecodeError, KeyError) as error:
            raise CourseError(
                f"{path}: {type(error).__name__}: {error}. Expected [[equivalent]] tables."
            ) from None
        for number, entry in enumerate(entries, start=1):
            if entry.keys() != KEYS or not entry["reason"].strip():
                raise CourseError(
                    f"{path}: entry {number} has the keys {', '.join(entry)}; expected "
                    f"{', '.join(sorted(KEYS))}, and a reason in words."
                )
            # one reason can be that of several changes to one line
            changes = entry["becomes"]
            for becomes in changes if isinstance(changes, list) else [changes]:
                key = (entry["file"], entry["was"], becomes)
                if key in listed:
                    raise CourseError(f"{path}: entry {number} is listed before: `{becomes}`.")
                listed[key] = entry["reason"]
    return listed
