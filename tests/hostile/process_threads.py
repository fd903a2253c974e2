"""Starts threads without end."""

import threading


def raw_scores(query, key):
    done = threading.Event()
    try:
        for _ in range(500):
            threading.Thread(target=done.wait, daemon=True).start()
    finally:
        done.set()
    return honest(query, key)
