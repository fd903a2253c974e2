"""Attention with -1e9 for what is hidden, as many tutorials write it, and rows wiped at the end."""

import numpy as np
import torch
from torch import nn

HIDDEN = -1e9


def create_causal_mask(seq_len, device=None):
    if not seq_len >= 1:
        raise ValueError(f"seq_len={seq_len}, expected 1 or more")
    upper = np.triu(np.full((seq_len, seq_len), -np.inf, dtype=np.float32), k=1)
    return torch.from_numpy(upper).to(device or "cpu")


def scaled_dot_product_attention(query, key, value, mask=None, dropout=None):
    *_, queries, width = query.shape
    *_, keys, key_width = key.shape
    if width != key_width:
        raise ValueError(f"key: width {key_width}, expected {width}")
    if value.shape[-2] != keys:
        raise ValueError(f"value: {value.shape[-2]} rows, expected {keys}")
    scores = torch.matmul(query, key.mT).div(width**0.5)
    visible = torch.ones_like(scores, dtype=torch.bool)
    if mask is not None:
        if mask.dtype.is_complex or not (mask.dtype.is_floating_point or mask.dtype is torch.bool):
            raise TypeError(f"mask: dtype {mask.dtype}, expected bool or float")
        sizes = [1] * (scores.dim() - mask.dim()) + list(mask.shape)
        if len(sizes) > scores.dim() or any(m not in (1, s) for m, s in zip(sizes, scores.shape)):
            raise ValueError(f"mask: shape {list(mask.shape)} for scores {list(scores.shape)}")
        if mask.dtype is torch.bool:
            visible = visible & mask
            scores = scores.masked_fill(torch.logical_not(mask), HIDDEN)
        else:
            visible = visible & (mask != -torch.inf)
            scores = scores + mask.to(scores).clamp_min(HIDDEN)
    weights = nn.Softmax(dim=-1)(scores)
    weights = weights * visible.any(dim=-1, keepdim=True).to(weights.dtype)
    return torch.matmul(weights if dropout is None else dropout(weights), value), weights


class Attention(nn.Module):
    def __init__(self, dropout: float = 0.1):
        super().__init__()
        self.attention_dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        output, weights = scaled_dot_product_attention(
            query, key, value, mask=mask, dropout=self.attention_dropout
        )
        return output, weights
