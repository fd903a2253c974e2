"""Takes memory that counts for no process."""

import mmap


def raw_scores(query, key):
    mmap.mmap(-1, 1 << 30).close()
    return honest(query, key)
