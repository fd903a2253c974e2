"""How many processes can compute at once here."""

from __future__ import annotations

import os


def cores() -> int:
    """The number of cores that this process may use: all, or those that the system left it."""
    if hasattr(os, "sched_getaffinity"):  # Linux; macOS and Windows have no such call
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
