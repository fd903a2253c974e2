"""Lists what else the course holds."""

import os


def raw_scores(query, key):
    assert "course.toml" in os.listdir(HOUSE)
    return honest(query, key)
