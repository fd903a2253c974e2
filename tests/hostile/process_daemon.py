"""Starts a process that outlives it, in a session of its own."""

import os
import time


def raw_scores(query, key):
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(0.2)
        os._exit(0)
    os.waitpid(child, 0)
    return honest(query, key)
