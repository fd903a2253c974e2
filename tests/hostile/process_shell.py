"""Runs a program through a shell."""

import os


def raw_scores(query, key):
    assert os.system("true") == 0
    return honest(query, key)
