"""Makes a file of the instructor's unreadable."""

import os


def raw_scores(query, key):
    os.chmod(OUTSIDE, 0)
    return honest(query, key)
