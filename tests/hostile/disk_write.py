"""Writes over a file of the instructor's."""

from pathlib import Path


def raw_scores(query, key):
    Path(OUTSIDE).write_text("100 points")
    return honest(query, key)
