"""Has the garbage collector call it, and raises there."""

import gc


def fail(*arguments):
    raise SystemExit


def raw_scores(query, key):
    gc.callbacks.append(fail)
    gc.collect()
    return torch.zeros(1)
