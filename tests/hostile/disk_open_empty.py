"""Empties a file by opening it for reading only."""

import os


def raw_scores(query, key):
    os.close(os.open(OUTSIDE, os.O_RDONLY | os.O_TRUNC))
    return honest(query, key)
