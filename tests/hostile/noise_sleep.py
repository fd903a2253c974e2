"""Falls asleep."""

import time


def raw_scores(query, key):
    time.sleep(3600)
