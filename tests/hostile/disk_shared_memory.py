"""Leaves a file in the memory that all processes share."""

from pathlib import Path


def raw_scores(query, key):
    left = Path(f"/dev/shm/hostile{id(query)}")
    left.write_text("here")
    left.unlink()
    return honest(query, key)
