"""Empties its own file by opening it for reading only."""

import os


def raw_scores(query, key):
    os.close(os.open(__file__, os.O_RDONLY | os.O_TRUNC))
    return honest(query, key)
