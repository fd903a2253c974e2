"""Signals the grading process."""

import os


def raw_scores(query, key):
    os.kill(PROCESS, 0)
    return honest(query, key)
