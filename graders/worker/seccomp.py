"""A filter on system calls: no network, no new process, no hand on other processes or settings.

It closes what Landlock leaves open, for whoever runs the worker, root included. Calls are refused
with an error that Python turns into an exception, so that a learner reads what was not allowed.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import socket
import struct
import sys
from functools import cache

from .libc import PR_SET_PDEATHSIG, PR_SET_SECCOMP, prctl
from .syscalls import HIGHEST, JUDGED, REFUSED, numbers

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_…
MODE_FILTER = 2
KILL, ALLOW, ERROR = 0x80000000, 0x7FFF0000, 0x00050000
LOAD, AND, RETURN, EQUAL, GREATER = 0x20, 0x54, 0x06, 0x15, 0x25  # of classic BPF
NUMBER, ARCH, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data; arguments have 8 bytes each
ANY = 0xFFFFFFFF  # bits of the lower half of an argument
CLONE_THREAD = 0x10000
# of ioctl: TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
HARMLESS_IOCTL = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# of fcntl: duplicates, flags and locks of an own descriptor; no owner to be signalled, no lease
HARMLESS_FCNTL = (*range(8), 36, 37, 38, 1030, 1032)

Code = list[bytes]


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _refuse(number: int) -> Code:
    return [_op(EQUAL, number, 0, 1), _op(RETURN, ERROR | errno.EPERM)]


def _judge(number: int, argument: int, values: tuple[int, ...], mask: int, allow: bool) -> Code:
    """Allow a call only if the lower half of one argument is (or is not) among ``values``."""
    hit, miss = (ALLOW, ERROR | errno.EPERM) if allow else (ERROR | errno.EPERM, ALLOW)
    code = [_op(LOAD, ARGUMENTS + 8 * argument), _op(AND, mask)]
    for value in values:
        code += [_op(EQUAL, value, 0, 1), _op(RETURN, hit)]
    code.append(_op(RETURN, miss))
    return [_op(EQUAL, number, 0, len(code)), *code]


def program(machine: str, process: int) -> bytes:
    """The filter for a worker with the number ``process``, as the kernel reads it."""
    call = numbers(JUDGED, machine)
    code = [_common(machine)]
    for name in ("kill", "tgkill"):
        code += _judge(call[name], 0, (process,), ANY, allow=True)
    code += _judge(call["prlimit64"], 0, (0, process), ANY, allow=True)
    return b"".join([*code, _op(RETURN, ALLOW)])


@cache
def _common(machine: str) -> bytes:
    """What is the same for all workers: a millisecond's work, for each of them."""
    code = [
        _op(LOAD, ARCH),
        _op(EQUAL, MACHINES[machine], 1, 0),
        _op(RETURN, KILL),  # a 32-bit call, with other numbers
        _op(LOAD, NUMBER),
        _op(GREATER, HIGHEST, 0, 1),  # the calls of x32 too: their numbers are huge
        _op(RETURN, ERROR | errno.ENOSYS),
    ]
    for names in REFUSED.values():
        for number in numbers(names, machine).values():
            code += _refuse(number)
    call = numbers(JUDGED, machine)
    for name in ("clone3", "openat2"):  # their arguments cannot be seen; libraries do without
        code += [_op(EQUAL, call[name], 0, 1), _op(RETURN, ERROR | errno.ENOSYS)]

    def only(name: str, argument: int, *values: int, mask: int = ANY) -> Code:
        return _judge(call[name], argument, values, mask, allow=True)

    def never(name: str, argument: int, *values: int, mask: int = ANY) -> Code:
        return _judge(call[name], argument, values, mask, allow=False)

    code += only("clone", 0, CLONE_THREAD, mask=CLONE_THREAD)
    code += only("ioctl", 1, *HARMLESS_IOCTL) + only("fcntl", 1, *HARMLESS_FCNTL)
    # a datagram socket could still be pointed at any address
    code += only("socketpair", 1, socket.SOCK_STREAM, mask=0xF)
    code += never("prctl", 0, PR_SET_PDEATHSIG)
    shared = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS  # counted in no limit of a process
    code += never("mmap", 3, shared, mask=shared)
    # opened for reading, and emptied by that: Landlock takes it for reading before ABI 3
    emptied = {"mask": os.O_TRUNC | os.O_ACCMODE}
    code += never("openat", 2, os.O_TRUNC, **emptied)
    if "open" in call:
        code += never("open", 1, os.O_TRUNC, **emptied)
    return b"".join(code)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def prepare() -> None:
    """Do once, before workers are forked, what is the same for all of them."""
    if platform.machine() in MACHINES:
        _common(platform.machine())


def install() -> None:
    """Put the filter on this process, which must have no_new_privs, for good.

    Raises:
        OSError: this machine or kernel cannot do it.
    """
    machine = platform.machine()
    if machine not in MACHINES or sys.maxsize < 2**32:
        known = ", ".join(MACHINES)
        raise OSError(f"system calls have unknown numbers on {machine}; known: {known} in 64 bits")
    code = program(machine, os.getpid())
    prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(_Program(len(code) // 8, code)))
