"""What identifies a course: a digest of everything that decides a grade."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from .course import Course

DECIDES = ("reference", "graders", "student_template", "assignments")


def course_files(folder: Path) -> list[Path]:
    """The files below ``folder``, in a fixed order, without what Python and editors leave behind."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix not in (".pyc", ".pyo")
        and not any(
            part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts
        )
    )


def release_id(course: Course) -> str:
    """Short name of the course as it stands: equal files, equal name."""
    digest = hashlib.sha256(course.path.read_bytes())
    for name in DECIDES:
        for path in course_files(course.root / name):
            content = path.read_bytes()
            digest.update(
                f"\0{path.relative_to(course.root).as_posix()}\0{len(content)}\0".encode()
            )
            digest.update(content)
    return digest.hexdigest()[:12]


def fresh_seed() -> str:
    """Seed of the inputs of one batch: nobody knew it before."""
    return secrets.token_hex(16)
