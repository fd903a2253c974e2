"""Writes garbage to the grader's own channel."""


def raw_scores(query, key):
    channel().send(b"x" * 1000)
    return torch.zeros(1)
