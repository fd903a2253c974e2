"""``tomllib``, also where Python is too old to have it, and what ``pyproject.toml`` says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .errors import CourseError

if sys.version_info >= (3, 11):
    import tomllib as tomllib
else:
    import tomli as tomllib

__all__ = ["project_in", "tomllib"]


def project_in(root: Path, keys: tuple[str, ...], use: str) -> dict[str, Any]:
    """These keys of the ``[project]`` table of a folder's ``pyproject.toml``.

    Args:
        use: what they are for and what is to be done without them, for the message.

    Raises:
        CourseError: there is no such file, or a key is missing in it.
    """
    path = root / "pyproject.toml"
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        return {key: project[key] for key in keys}
    except (OSError, ValueError, KeyError) as error:
        raise CourseError(f"{path}: {type(error).__name__}: {error}. {use}") from None
