"""Makes a socket for the services of this machine, such as that of a container engine."""

import socket


def raw_scores(query, key):
    socket.socket(socket.AF_UNIX).close()
    return honest(query, key)
