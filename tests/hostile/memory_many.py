"""Asks for a little memory very often."""


def raw_scores(query, key):
    held = [torch.empty(1 << 20, dtype=torch.uint8) for _ in range(3000)]
    assert held
    return honest(query, key)
