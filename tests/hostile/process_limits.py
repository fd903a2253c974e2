"""Sets the limits of the grading process."""

import resource


def raw_scores(query, key):
    limits = resource.prlimit(PROCESS, resource.RLIMIT_CORE)
    resource.prlimit(PROCESS, resource.RLIMIT_CORE, limits)
    return honest(query, key)
