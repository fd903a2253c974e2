"""Attention with all leading dims folded into one, and torch.bmm on three dims."""

import torch
from torch import Tensor, nn


def create_causal_mask(seq_len: int, device=None) -> Tensor:
    if seq_len < 1:
        raise ValueError(f"seq_len: got {seq_len}, expected >= 1")
    rows = [[0.0] * (i + 1) + [-torch.inf] * (seq_len - i - 1) for i in range(seq_len)]
    return torch.tensor(rows, device=device)


class SafeSoftmax(torch.autograd.Function):
    """Softmax over the last axis, 0 where all is -inf, with its own backward pass."""

    @staticmethod
    def forward(ctx, scores):
        weights = torch.nan_to_num(torch.softmax(scores, dim=-1), nan=0.0)
        ctx.save_for_backward(weights)
        return weights

    @staticmethod
    def backward(ctx, grad):
        (weights,) = ctx.saved_tensors
        return weights * (grad - (grad * weights).sum(-1, keepdim=True))


def scaled_dot_product_attention(query, key, value, mask=None, dropout=None):
    leading = query.shape[:-2]
    q, k, v = (x.reshape(-1, *x.shape[-2:]) for x in (query, key, value))
    if q.shape[2] != k.shape[2]:
        raise ValueError(f"d_k differs: query {q.shape[2]}, key {k.shape[2]}")
    if k.shape[1] != v.shape[1]:
        raise ValueError(f"T_k differs: key {k.shape[1]}, value {v.shape[1]}")
    scores = torch.bmm(q, k.transpose(1, 2)) * q.shape[2] ** -0.5
    if mask is not None:
        full = (*leading, q.shape[1], k.shape[1])
        if mask.dtype != torch.bool and mask.dtype not in (
            torch.float32,
            torch.float64,
            torch.half,
        ):
            raise ValueError(f"mask: got {mask.dtype}, expected bool or float")
        if mask.dim() > len(full):
            raise ValueError(f"mask: got {mask.dim()} dims, expected at most {len(full)}")
        try:
            folded = mask.expand(full).reshape(scores.shape)
        except RuntimeError as error:
            raise ValueError(f"mask: got {list(mask.shape)}, expected {list(full)}") from error
        if mask.dtype == torch.bool:
            scores = torch.where(folded, scores, torch.tensor(-torch.inf, dtype=scores.dtype))
        else:
            scores = scores + folded.type_as(scores)
    weights = SafeSoftmax.apply(scores)
    output = torch.bmm(weights if dropout is None else dropout(weights), v)
    return (
        output.reshape(*leading, *output.shape[1:]),
        weights.reshape(*leading, *weights.shape[1:]),
    )


class Attention(nn.Module):
    def __init__(self, dropout=0.1):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        return scaled_dot_product_attention(query, key, value, mask, self.dropout)
