"""Calls of the C library that Python has no name for. Linux."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
CAPABILITY_VERSION_3 = 0x20080522


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def _call(name: str, *arguments: Any) -> None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def prctl(option: int, value: int, pointer: Any = None) -> None:
    """``prctl(2)``. OSError if the kernel refuses."""
    zero = ctypes.c_ulong(0)
    _call("prctl", option, ctypes.c_ulong(value), pointer or zero, zero, zero)


def hide() -> None:
    """Let no other process of this user look into this one. Nothing, where that is not Linux."""
    if sys.platform == "linux":
        prctl(PR_SET_DUMPABLE, 0)


def unshare(flags: int) -> None:
    """``unshare(2)``. OSError if the kernel refuses."""
    _call("unshare", flags)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """``mount(2)``. OSError if the kernel refuses."""
    texts = [text.encode() for text in (source, target, kind, options)]
    _call("mount", *texts[:3], ctypes.c_ulong(flags), texts[3])


def madvise(address: int, length: int, advice: int) -> None:
    """``madvise(2)``. OSError if the kernel refuses."""
    _call("madvise", ctypes.c_void_p(address), ctypes.c_size_t(length), advice)


def drop_capabilities() -> None:
    """Give up all that root may do beyond an ordinary user; nothing, if there is nothing."""
    nothing = (ctypes.c_uint32 * 6)()
    _call("capset", ctypes.byref(_CapabilityHeader(CAPABILITY_VERSION_3, 0)), nothing)
