"""Looks which networks this machine is on."""

import socket


def raw_scores(query, key):
    assert socket.if_nameindex()
    return honest(query, key)
