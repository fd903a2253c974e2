"""Forks."""

import os


def raw_scores(query, key):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return honest(query, key)
