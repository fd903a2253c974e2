"""Runs out of the stack that the system gives it."""

import ctypes
import sys


def raw_scores(query, key):
    sys.setrecursionlimit(1 << 30)

    class Deep:
        def __getattr__(self, name):
            return getattr(self, name + "x")

    return Deep().x
