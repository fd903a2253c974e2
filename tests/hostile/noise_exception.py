"""Raises what is no Exception."""


class Quiet(BaseException):
    pass


def raw_scores(query, key):
    raise Quiet
