"""Gives the reference a second name in its own folder, and reads that."""

import os
from pathlib import Path


def raw_scores(query, key):
    copy = Path(OUTSIDE).with_name(f"copy{id(query)}")
    os.link(OUTSIDE, copy)
    assert copy.read_text()
    copy.unlink()
    return honest(query, key)
