"""Asks for more memory than a check may use."""


def raw_scores(query, key):
    torch.empty(3 << 30, dtype=torch.uint8)
    return honest(query, key)
