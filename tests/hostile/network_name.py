"""Looks up a name."""

import socket


def raw_scores(query, key):
    assert socket.getaddrinfo("localhost", 80)
    return honest(query, key)
