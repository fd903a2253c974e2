"""Makes a harmless pair of sockets, and points one of them at somebody else."""

import socket


def raw_scores(query, key):
    for channel in socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM):
        channel.close()
    return honest(query, key)
