"""Reads where no memory is."""

import ctypes


def raw_scores(query, key):
    ctypes.string_at(0)
