"""Make a process cheap to fork: of one with torch, that costs more than all layers do. Linux."""

from __future__ import annotations

import contextlib
import gc
import re
from pathlib import Path

from . import libc

HUGE = 2 << 20  # bytes of a huge page
LARGEST_GAP = 1 << 17  # bytes; from here on, the C library asks the system each time
COLLAPSE = 25  # MADV_COLLAPSE, from Linux 6.1 on
WRITABLE = re.compile(r"(\w+)-(\w+) rw-p \w+ 00:00 0 *(?:\[heap\])?$", re.MULTILINE)


def settle() -> None:
    """Call it when all is imported that children will use.

    What is there by then is not looked through for garbage again, for which a child would have to
    copy it all. The gaps between it are filled, so that a child gets its memory in one piece and
    need not copy a page for each block. It moves to huge pages, where the system has them: a fork
    then has one entry to copy, and the end of its child one to free, where there were 512.
    """
    gc.freeze()
    with contextlib.suppress(AttributeError):  # another C library than glibc
        libc.fill_gaps(LARGEST_GAP)
    for begin, end in WRITABLE.findall(Path("/proc/self/maps").read_text()):
        first, last = -(-int(begin, 16) // HUGE) * HUGE, int(end, 16) // HUGE * HUGE
        if first < last:
            with contextlib.suppress(OSError):
                libc.madvise(first, last - first, COLLAPSE)
