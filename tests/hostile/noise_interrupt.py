"""Pretends that somebody pressed Ctrl-C."""


def raw_scores(query, key):
    raise KeyboardInterrupt
