"""Opens more files than a process should."""

import os


def raw_scores(query, key):
    opened = []
    try:
        for _ in range(200):
            opened += os.pipe()
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return honest(query, key)
