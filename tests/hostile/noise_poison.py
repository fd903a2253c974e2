"""Breaks torch for everybody who comes later."""

import torch.nn.functional


def raw_scores(query, key):
    torch.set_default_dtype(torch.float16)
    torch.use_deterministic_algorithms(True)
    torch.set_grad_enabled(False)
    return torch.zeros(1)
