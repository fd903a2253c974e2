"""Puts something into the keys that the kernel keeps for this user."""

import ctypes

ADD_KEY, PROCESS_KEYRING = 248, -2


def raw_scores(query, key):
    libc = ctypes.CDLL(None)
    assert libc.syscall(ADD_KEY, b"user", b"hostile", b"x", 1, PROCESS_KEYRING) > 0
    return honest(query, key)
