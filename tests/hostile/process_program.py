"""Runs a program."""

import subprocess


def raw_scores(query, key):
    subprocess.run(["true"], check=True)
    return honest(query, key)
