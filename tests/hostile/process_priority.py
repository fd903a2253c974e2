"""Has the grading process run on the processors of its choice, at its priority."""

import os


def raw_scores(query, key):
    os.sched_setaffinity(PROCESS, os.sched_getaffinity(PROCESS))
    os.setpriority(os.PRIO_PROCESS, PROCESS, os.getpriority(os.PRIO_PROCESS, PROCESS))
    return honest(query, key)
