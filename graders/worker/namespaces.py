"""A disk of bounded size and a network without anybody on it, by namespaces of one's own. Linux.

Needs a kernel that lets ordinary users make user namespaces; root can make them nearly everywhere
but in containers.
"""

from __future__ import annotations

import os
from pathlib import Path

from . import libc
from .order import Order

NEW_MOUNTS, NEW_IPC, NEW_USER, NEW_NETWORK = 0x00020000, 0x08000000, 0x10000000, 0x40000000
NO_SUID, NO_DEVICES, NO_EXEC, RECURSIVE, PRIVATE = 2, 4, 8, 0x4000, 0x40000
MAX_FILES = 2000


def separate(order: Order) -> None:
    """Leave the machine's network, and put an empty file system in memory over ``order.home``.

    It is gone with the process. OSError if the system refuses.
    """
    user, group = os.geteuid(), os.getegid()
    libc.unshare(NEW_USER | NEW_MOUNTS | NEW_IPC | NEW_NETWORK)
    libc.prctl(libc.PR_SET_DUMPABLE, 1)  # else the next three files belong to root
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    finally:
        libc.hide()
    libc.mount("none", "/", "", RECURSIVE | PRIVATE)  # nobody outside sees what is mounted here
    size = f"size={order.disk_bytes},nr_inodes={MAX_FILES},mode=700"
    libc.mount("tmpfs", order.home, "tmpfs", NO_SUID | NO_DEVICES | NO_EXEC, size)
