"""Writes more to the disk than a whole class hands in."""

import os
from pathlib import Path


def raw_scores(query, key):
    folder = Path.home() if Path.cwd() == Path.home() else Path.cwd()
    made = [folder / f"full{n}" for n in range(10)]
    try:
        for path in made:
            path.write_bytes(os.urandom(1 << 20) * 40)
    finally:
        for path in made:
            path.unlink(missing_ok=True)
    return honest(query, key)
