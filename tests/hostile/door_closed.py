"""Hangs up."""


def raw_scores(query, key):
    channel().close()
    return torch.zeros(1)
