"""What a worker uses, seen from outside: memory that no limit counts, and files. Linux."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .order import Order

MAX_ENTRIES = 2000  # of files and folders
MAX_DEPTH = 32  # of folders in folders; much deeper ones could not be named any more
COUNTED = ("RssAnon:", "RssShmem:")


def memory_of(process: int) -> int:
    """Bytes of memory that a process holds and that no file backs; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(COUNTED))


def excess(process: int, order: Order, memory_before: int) -> str:
    """What a worker uses beyond its limits, in words; "" if nothing.

    Args:
        memory_before: what it held when it was forked.
    """
    if memory_of(process) > memory_before + order.memory_bytes:
        return f"it used more than the {order.memory_bytes >> 20} MiB of memory it may use"
    if _fills(order):
        return (
            f"it wrote more files than it may keep ({order.disk_bytes >> 20} MiB in at most "
            f"{MAX_ENTRIES} files and folders, {MAX_DEPTH} deep)"
        )
    return ""


def _fills(order: Order) -> bool:
    used, entries, waiting = 0, 0, [(order.home, 0)]
    while waiting:
        folder, depth = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(folder) as found:
            for entry in found:
                entries += 1
                used += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, depth + 1))
                if used > order.disk_bytes or entries > MAX_ENTRIES or depth > MAX_DEPTH:
                    return True
    return False
