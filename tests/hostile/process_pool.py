"""Computes in a pool of processes."""

import multiprocessing


def raw_scores(query, key):
    process = multiprocessing.get_context("fork").Process(target=print)
    process.start()
    process.join()
    assert process.exitcode == 0
    return honest(query, key)
