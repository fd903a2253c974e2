"""Forks again and again."""

import os


def raw_scores(query, key):
    children = []
    for _ in range(50):
        child = os.fork()
        if child == 0:
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    return honest(query, key)
