"""What ``course nbgrader build`` does."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from graders.errors import CourseError
from release.write import Written, write_tree

from ..place import own_house

WRITTEN = 0


def require_nbgrader() -> None:
    """CourseError where nbgrader is not installed."""
    if importlib.util.find_spec("nbgrader") is None:
        raise CourseError(
            'nbgrader is not installed here. In the course repository: pip install -e ".[nbgrader]"'
        )


def write_folder(files: Mapping[str, bytes], out: Path, force: bool) -> Written:
    """Write a course folder; with ``force`` renew it, but for what was changed there."""
    return write_tree(files, out, force, "course folder of nbgrader", "yours")


def build_folder(module_ids: Sequence[str], out: Path, database: str, force: bool) -> int:
    """Make nbgrader's course folder, or renew it. Returns the exit code.

    Raises:
        CourseError: this is a student copy, nbgrader is missing, a solution could be seen, or
            something else is in ``out``.
    """
    course = own_house("build from")
    require_nbgrader()
    from .build import build_course
    from .gradebook import gradebook_url

    if database:
        database = gradebook_url(database).render_as_string(hide_password=False)
    modules = [course.module(name) for name in module_ids] or [*course.modules]
    console = Console()
    with console.status(f"building {', '.join(module.folder for module in modules)} …"):
        files = build_course(course, modules, database)
    written = write_folder(files, out, force)
    console.print(f"{len(written.written)} files in {out}", soft_wrap=True)
    for path in written.kept:
        if path in files:
            console.print(f"kept, because you changed it: {path}", soft_wrap=True)
    console.print(f"next, in {out}:", soft_wrap=True)
    for module in modules:
        console.print(f"  nbgrader generate_assignment {module.folder}", soft_wrap=True)
    return WRITTEN
