"""Connects to a service of this machine."""

import socket


def raw_scores(query, key):
    socket.create_connection(("127.0.0.1", PORT), 1).close()
    return honest(query, key)
