"""What is handed in for a project, as files on disk: what is there, and a digest of each part.

Nothing of it is read but as bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

from .bounds import passed_over
from .course import Course, Exercise, Module


class HandedWork:
    """The folder of a project as it is now; each file is read once, when it is first asked for."""

    def __init__(self, course: Course, project: Module) -> None:
        self._folder = course.root / project.handed_in
        self._project = project
        self._hash = cache(self._hash_of)

    def read(self) -> HandedWork:
        """Read all of it now, before somebody changes it."""
        for exercise in self._project.exercises:
            self.digest(exercise)
        return self

    def holds(self, exercise: Exercise) -> bool:
        """Whether there is something in the exercise's file."""
        return bool(self._hash(exercise.file))

    def digest(self, exercise: Exercise) -> str:
        """Equal as long as the exercise's file, and what it is judged with, was not changed.

        That is the files of what it builds on, and those that belong to no exercise: pictures, say.
        """
        digest = hashlib.sha256()
        for name in sorted({*self._files_of(exercise), *self._others}):
            digest.update(f"{name}\0{self._hash(name)}\0".encode(errors="surrogateescape"))
        return digest.hexdigest()[:16]

    def _files_of(self, exercise: Exercise) -> Iterator[str]:
        yield exercise.file
        for other in exercise.builds_on:
            yield from self._files_of(self._project.exercise(other))

    @cached_property
    def _others(self) -> frozenset[str]:
        """Files in the folder that no exercise names; none, where it cannot be read."""
        named = set(self._project.files)
        try:
            entries = [path for path in self._folder.iterdir() if not passed_over([path.name])]
            return frozenset(path.name for path in entries if path.is_file()) - named
        except OSError:
            return frozenset()

    def _hash_of(self, name: str) -> str:
        """Hash of a file's bytes; "" where there is none, or nothing in it."""
        path: Path = self._folder / name
        try:
            with path.open("rb") as file:
                if not file.peek(1):
                    return ""
                digest = hashlib.sha256()
                while piece := file.read(1 << 20):
                    digest.update(piece)
                return digest.hexdigest()
        except OSError:
            return ""
