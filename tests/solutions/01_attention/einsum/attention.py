"""Attention in einsum, with a softmax written out and a numpy-style mask."""

import torch
from torch import nn


def create_causal_mask(seq_len, device=None):
    if seq_len <= 0:
        raise ValueError(f"seq_len must be positive, got {seq_len}")
    position = torch.arange(seq_len, device=device)
    future = position[None, :] > position[:, None]
    return torch.zeros(seq_len, seq_len, device=device).masked_fill(future, float("-inf"))


def scaled_dot_product_attention(query, key, value, mask=None, dropout=None):
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(f"query and key have widths {query.shape[-1]} and {key.shape[-1]}")
    if key.shape[-2] != value.shape[-2]:
        raise ValueError(f"{key.shape[-2]} keys but {value.shape[-2]} values")
    scores = torch.einsum("...qd,...kd->...qk", query * query.shape[-1] ** -0.5, key)
    if mask is not None:
        if mask.dtype == torch.bool:
            zero = torch.zeros((), dtype=scores.dtype)
            mask = torch.where(mask, zero, torch.full_like(zero, float("-inf")))
        elif not torch.is_floating_point(mask):
            raise TypeError(f"mask must be bool or float, got {mask.dtype}")
        expected = scores.shape
        try:
            scores = scores + mask.to(scores.dtype)
        except RuntimeError as error:
            raise ValueError(f"mask {tuple(mask.shape)} does not fit {tuple(expected)}") from error
        if scores.shape != expected:
            raise ValueError(f"mask {tuple(mask.shape)} is larger than {tuple(expected)}")
    peak = scores.detach().amax(dim=-1, keepdim=True)
    peak = torch.where(torch.isinf(peak), torch.zeros_like(peak), peak)
    powers = torch.exp(scores - peak)
    total = powers.sum(dim=-1, keepdim=True)
    weights = powers / torch.where(total == 0, torch.ones_like(total), total)
    used = dropout(weights) if dropout is not None else weights
    return torch.einsum("...qk,...kv->...qv", used, value), weights


class Attention(nn.Module):
    def __init__(self, dropout=0.1):
        super().__init__()
        self.drop = nn.Dropout(p=dropout)

    def forward(self, query, key, value, mask=None):
        return scaled_dot_product_attention(query, key, value, mask=mask, dropout=self.drop)
