"""Which figures there are, and what they look like."""

from __future__ import annotations

import importlib
import importlib.util
import inspect

from graders.course import Course

from .drawing import svg


def folders(course: Course) -> list[str]:
    """The folders in ``assignments/``: ``01_attention``."""
    return sorted(path.name for path in (course.root / "assignments").iterdir() if path.is_dir())


def figures_of(course: Course, folder: str) -> dict[str, bytes]:
    """The figures of one folder in ``assignments/``, by their path from the house."""
    name = f"figures.{folder[3:]}"
    if not importlib.util.find_spec(name):
        return {}
    module = importlib.import_module(name)
    return {
        f"assignments/{folder}/figures/{function}.svg": svg(draw())
        for function, draw in inspect.getmembers(module, inspect.isfunction)
        if draw.__module__ == name and not function.startswith("_")
    }
