"""Attention by torch's own fused function; the weights are its output for the unit vectors."""

import torch
from torch import nn
from torch.nn import functional


def create_causal_mask(seq_len, device=None):
    if seq_len < 1:
        raise ValueError(f"expected seq_len >= 1, got {seq_len}")
    seen = torch.tril(torch.ones(seq_len, seq_len, device=device))
    return torch.log(seen)  # log 1 is 0, log 0 is -inf


def scaled_dot_product_attention(query, key, value, mask=None, dropout=None):
    if query.size(-1) != key.size(-1) or key.size(-2) != value.size(-2):
        raise ValueError(f"{query.shape}, {key.shape}, {value.shape} do not fit")
    shape = torch.Size([*query.shape[:-1], key.size(-2)])
    if mask is not None:
        if not (mask.dtype == torch.bool or mask.dtype.is_floating_point):
            raise ValueError(f"mask of {mask.dtype}; use a bool mask, say mask.bool()")
        try:
            fits = torch.broadcast_shapes(mask.shape, shape) == shape
        except RuntimeError:
            fits = False
        if not fits:
            raise ValueError(f"mask {mask.shape} cannot be used for scores {shape}")
        seen = mask if mask.dtype == torch.bool else mask > -torch.inf
        alive = seen.expand(shape).any(-1, keepdim=True)
        # a row that sees nothing is let see everything, and wiped out afterwards
        if mask.dtype == torch.bool:
            mask = mask | ~alive
        else:
            mask = torch.where(alive, mask.to(query.dtype), torch.zeros((), dtype=query.dtype))
    units = torch.eye(key.size(-2), dtype=value.dtype, device=value.device).expand(
        *key.shape[:-1], key.size(-2)
    )
    weights = functional.scaled_dot_product_attention(query, key, units, attn_mask=mask)
    if mask is not None:
        weights = weights * alive
    if dropout is None:
        output = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return (output if mask is None else output * alive), weights
    return dropout(weights) @ value, weights


class Attention(nn.Module):
    def __init__(self, dropout=0.1):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        return scaled_dot_product_attention(query, key, value, mask, self.dropout)
