"""Torch's own functions, wherever there is one."""

from __future__ import annotations

import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def next_token_pairs(tokens):
    if tokens.shape[1] == 1:
        raise ValueError("one column only")
    windows = tokens.unfold(1, tokens.shape[1] - 1, 1)
    return windows[:, 0], windows[:, 1]


def output_head(hidden, table):
    if hidden.shape[-1] != table.shape[-1]:
        raise ValueError("widths differ")
    return F.linear(hidden, table)


def next_token_loss(logits, targets):
    if logits[..., 0].shape != targets.shape:
        raise ValueError("shapes differ")
    return F.nll_loss(F.log_softmax(logits, -1).transpose(1, 2), targets)


def initial_loss(vocab_size):
    if vocab_size < 1:
        raise ValueError("no tokens")
    return float(np.log(vocab_size))


def stack_layers(make_layer, n_layers):
    if n_layers < 1:
        raise ValueError("no layers")
    first = make_layer()
    return nn.ModuleList([first, *(copy.deepcopy(first) for _ in range(n_layers - 1))])


def hidden_states(x, layers):
    return [x] if not layers else [x, *hidden_states(layers[0](x), layers[1:])]


def tie_weights(embedding, head):
    if embedding.weight.size() != head.weight.size():
        raise ValueError("shapes differ")
    head._parameters["weight"] = embedding.weight


def crop_context(tokens, max_len):
    if max_len < 1:
        raise ValueError("no room")
    return (
        tokens
        if tokens.shape[1] <= max_len
        else tokens.split([tokens.shape[1] - max_len, max_len], 1)[1]
    )


def count_unique(tensors):
    return sum(t.numel() for t in {*tensors})


def model_parameters(vocab_size, d_model, n_layers, d_ff, tied=True):
    with torch.device("meta"):
        attention = nn.ModuleList([nn.Linear(d_model, d_model) for _ in range(4)])
        layers = [nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model), nn.LayerNorm(d_model)]
        block = nn.ModuleList([attention, *layers, nn.LayerNorm(d_model)])
    once = sum(p.numel() for p in block.parameters())
    return n_layers * once + (2 - tied) * vocab_size * d_model + 2 * d_model


def training_bytes(n_parameters, bytes_per_number=4):
    return (n_parameters * bytes_per_number) << 2


def kv_cache_bytes(batch, seq_len, n_layers, d_model, bytes_per_number=2):
    return int(np.prod([2, batch, seq_len, n_layers, d_model, bytes_per_number], dtype=object))


def activation_bytes(batch, seq_len, n_layers, d_model, n_heads, d_ff, bytes_per_number=4):
    return (
        bytes_per_number * n_layers * batch * seq_len * (6 * d_model + 2 * d_ff + n_heads * seq_len)
    )


def training_flops(n_parameters, n_tokens):
    return n_parameters * 6 * n_tokens


def compute_optimal(flops, tokens_per_parameter=20.0):
    if flops <= 0 or tokens_per_parameter <= 0:
        raise ValueError("must be positive")
    n = float(np.sqrt(flops / 6 / tokens_per_parameter))
    return n, n * tokens_per_parameter


def logit_lens(states, norm, table):
    read = F.layer_norm(
        torch.cat(list(states)), norm.normalized_shape, norm.weight, norm.bias, norm.eps
    )
    return F.log_softmax(F.linear(read, table), -1).unflatten(0, (len(states), -1))
