"""Empties its own file by opening it for reading only, and puts the old text back."""

import os
from pathlib import Path

text = Path(__file__).read_text()


def raw_scores(query, key):
    os.close(os.open(__file__, os.O_RDONLY | os.O_TRUNC))
    Path(__file__).write_text(text)
    return honest(query, key)
