"""A course repository with one small exercise: quick to release, and a course of one's own.

It has this repository's tools and none of its content; it is what ``course new`` makes.
"""

from __future__ import annotations

from pathlib import Path

from graders.manifest import load_course
from tools.newcourse import make_course

from .conftest import HOUSE


def make_tiny_house(root: Path) -> Path:
    """Write the repository into ``root``."""
    make_course(load_course(HOUSE / "course.toml"), root)
    return root
