"""Where a checkpoint comes from: the commit of the code around it, and versions."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from graders.report import versions

_SECONDS = 10


def origin(folder: Path) -> dict[str, Any]:
    """``commit`` and ``versions`` for a checkpoint of the code in ``folder``."""
    return {"commit": _commit(folder), "versions": versions()}


def _commit(folder: Path) -> str | None:
    """The commit of the git repository around a folder, "+" behind it if it has changes, or None."""
    head = _git(folder, "rev-parse", "HEAD")
    if not head:
        return None
    return head + ("+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):  # no git here
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
