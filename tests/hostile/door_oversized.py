"""Announces a frame of a gigabyte."""

import struct


def raw_scores(query, key):
    channel().send(struct.pack(">4sII", b"ttc1", 1 << 30, 1 << 30))
    return torch.zeros(1)
