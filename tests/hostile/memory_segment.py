"""Leaves a segment of memory that outlives its process."""

import ctypes

CREATE, REMOVE = 0o1600, 0


def raw_scores(query, key):
    libc = ctypes.CDLL(None)
    segment = libc.shmget(0, 4096, CREATE)
    assert segment >= 0
    libc.shmctl(segment, REMOVE, None)
    return honest(query, key)
