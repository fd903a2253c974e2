"""Calls of the C library that Python has no name for. Linux."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
CAPABILITY_VERSION_3 = 0x20080522
MALLOC_STEP, FINEST = 16, 2048  # bytes: up to here gaps are looked for step by step


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Heap(ctypes.Structure):  # mallinfo2: sizes in bytes, counts of blocks
    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("all", "free_blocks", "quick_blocks", "mapped_blocks", "mapped", "most_used"),
            *("quick", "used", "free", "top"),
        )
    )


def fill_gaps(largest: int) -> int:
    """Take up, for good, what is free between the blocks of the heap, up to a size in bytes.

    Returns:
        how many blocks that took.

    Raises:
        AttributeError: the C library is not glibc 2.33 or newer.
    """
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = _Heap
    library.malloc.restype = library.sbrk.restype = ctypes.c_void_p
    library.malloc.argtypes, library.free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]
    top = library.sbrk(0) - library.mallinfo2().top  # where the heap is free from here on
    size, filled = largest, 0
    while size >= MALLOC_STEP:
        block = library.malloc(size)
        if block is not None and block < top:
            filled += 1
            continue
        library.free(block)
        size = size // 2 if size > FINEST else size - MALLOC_STEP
    return filled


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
