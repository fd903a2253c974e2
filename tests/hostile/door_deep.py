"""Sends a header of brackets in brackets in brackets."""

import struct


def raw_scores(query, key):
    head = b"[" * 500_000
    channel().send(struct.pack(">4sII", b"ttc1", len(head), 0) + head)
    return torch.zeros(1)
