"""A learner's package as files on disk: which of them an exercise is made of, and their digest.

Nothing of it is imported or run.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import PurePosixPath

from .course import Course, Exercise


class Work:
    """The files of a package as they are now; each is read once, when it is first asked for."""

    def __init__(self, course: Course) -> None:
        self._folder = course.root / course.package
        self._package = course.package
        self.content = cache(self._content)
        self._imports = cache(self._read_imports)

    def _content(self, file: str) -> bytes:
        """What is in a file below the package; nothing, where it is missing or cannot be read."""
        try:
            return (self._folder / file).read_bytes()
        except OSError:
            return b""

    def read(self, exercises: Iterable[Exercise]) -> Work:
        """Read what these exercises are made of now, before somebody changes it."""
        for exercise in exercises:
            self.files_of(exercise)
        return self

    def text(self, file: str) -> str:
        """A file as text; what is not UTF-8 in it is replaced."""
        return self.content(file).decode("utf-8", errors="replace")

    def files_of(self, exercise: Exercise) -> list[str]:
        """The exercise's file and what it imports of the package, directly or through others."""
        found, waiting = {exercise.file}, [exercise.file]
        while waiting:
            new = self._imports(waiting.pop()) - found
            found |= new
            waiting += new
        return sorted(found)

    def digest(self, exercise: Exercise) -> str:
        """Equal as long as nothing that the exercise is made of was changed."""
        digest = hashlib.sha256()
        for file in self.files_of(exercise):
            content = self.content(file)
            digest.update(f"{file}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()[:16]

    def _read_imports(self, file: str) -> frozenset[str]:
        """The files of the package that a file imports; none, where it is not valid Python."""
        try:
            tree = ast.parse(self.content(file))
        except (SyntaxError, ValueError, RecursionError):
            return frozenset()
        return frozenset(
            path
            for node in ast.walk(tree)
            for path in self._imported(PurePosixPath(file), node)
            if self.content(path)
        )

    def _imported(self, file: PurePosixPath, node: ast.AST) -> Iterator[str]:
        """Paths, below the package, of what an import may mean, whether they are there or not."""
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            bases = [name[1:] for name in names if name[0] == self._package]
        elif isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".") if node.module else []
            if node.level:
                around = file.parts[: len(file.parts) - node.level]
                base = [*around, *parts]
            elif parts[:1] == [self._package]:
                base = parts[1:]
            else:
                return
            bases = [base, *([*base, alias.name] for alias in node.names)]
        else:
            return
        for base in filter(None, bases):
            yield f"{'/'.join(base)}.py"
            yield f"{'/'.join(base)}/__init__.py"
