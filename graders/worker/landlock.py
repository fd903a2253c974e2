"""Files by Landlock: a worker reads Python and what it is given, and writes to its own folder."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from landlockpy import AccessFS, Ruleset, Scope, abi_version

from .order import Order

READ = AccessFS.READ_FILE | AccessFS.READ_DIR
WRITE = AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.REFER
MAKE = AccessFS.MAKE_REG | AccessFS.MAKE_DIR | AccessFS.MAKE_SYM | AccessFS.MAKE_FIFO
# torch reads of what kind the processor is, and may choose its arithmetic by that
FILES = ("/dev/null", "/dev/urandom", "/proc/cpuinfo")
FOLDERS = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/sys/devices/system/cpu")
REMOVE = AccessFS.REMOVE_FILE | AccessFS.REMOVE_DIR


def restrict(order: Order) -> bool:
    """Restrict this process for good. False: this kernel has no Landlock, or does not offer it.

    It also forbids signals to processes outside, and connections by TCP and to abstract sockets,
    as far as the kernel's version of Landlock knows of them.
    """
    if not abi_version():
        return False
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        for folder in (*shared_folders(), *order.reads):
            rules.allow_path(folder, READ)
        for file in FILES:
            if Path(file).exists():
                rules.allow_path(file, AccessFS.READ_FILE)
        rules.allow_path("/dev/null", AccessFS.WRITE_FILE)
        rules.allow_path(order.home, READ | WRITE | MAKE | REMOVE)
        rules.restrict()
        return True


def prepare() -> None:
    """Do once, before workers are forked, what is the same for all of them and takes a while."""
    abi_version()  # landlockpy looks for the C library, which starts a process
    shared_folders()


@cache
def shared_folders() -> list[str]:
    """The folders that hold Python, what is installed for it, and the system's libraries.

    Not all of ``sys.path``: the course itself may be on it, with its answers.
    """
    found = {Path(p) / lib for p in (sys.prefix, sys.base_prefix) for lib in ("lib", "lib64")}
    found |= {Path(p) for p in sys.path if Path(p).name in ("site-packages", "dist-packages")}
    found |= {Path(p) for p in FOLDERS}
    return sorted({str(path.resolve()) for path in found if path.is_dir()})
