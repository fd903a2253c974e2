"""Takes memory in the shape of a file without a name."""

import os


def raw_scores(query, key):
    os.close(os.memfd_create("hostile"))
    return honest(query, key)
