"""Calls itself without end."""


def raw_scores(query, key):
    return raw_scores(query, key)
