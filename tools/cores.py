"""How many processes can work at once."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux, where a container may be given only some
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
