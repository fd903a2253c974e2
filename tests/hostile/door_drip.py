"""Sends an answer one byte at a time, and never ends."""

import struct
import time


def raw_scores(query, key):
    channel().send(struct.pack(">4sII", b"ttc1", 1 << 20, 0))
    while True:
        channel().send(b" ")
        time.sleep(0.01)
