"""Raises an error whose words cannot be had without another error."""


class Odd(Exception):
    def __str__(self):
        raise self

    __repr__ = __str__


def raw_scores(query, key):
    raise Odd
