"""From the definitions, without torch's ready-made functions."""

from __future__ import annotations

import math

import torch
from torch import nn


def next_token_pairs(tokens):
    T = tokens.shape[1] - 1
    if T < 1:
        raise ValueError("too short")
    return tokens.narrow(1, 0, T).clone(), tokens.narrow(1, 1, T).clone()


def output_head(hidden, table):
    if table.shape[1] != hidden.shape[2]:
        raise ValueError("widths differ")
    return (hidden[:, :, None, :] * table).sum(-1)


def next_token_loss(logits, targets):
    if logits.shape[:2] != targets.shape:
        raise ValueError("shapes differ")
    top = logits.max(dim=-1).values
    total = (logits - top[..., None]).exp().sum(-1).log() + top
    right = logits.gather(-1, targets[..., None])[..., 0]
    return (total - right).mean()


def initial_loss(vocab_size):
    if vocab_size < 1:
        raise ValueError("no tokens")
    return -math.log(1 / vocab_size)


def stack_layers(make_layer, n_layers):
    if n_layers < 1:
        raise ValueError("no layers")
    layers = nn.ModuleList()
    for _ in range(n_layers):
        layers.append(make_layer())
    return layers


def hidden_states(x, layers):
    found = [x]
    for layer in layers:
        x = layer(x)
        found.append(x)
    return tuple(found)


def tie_weights(embedding, head):
    if (embedding.num_embeddings, embedding.embedding_dim) != (head.out_features, head.in_features):
        raise ValueError("shapes differ")
    del head.weight
    head.register_parameter("weight", embedding.weight)


def crop_context(tokens, max_len):
    if max_len < 1:
        raise ValueError("no room")
    start = max(0, tokens.shape[1] - max_len)
    return tokens[:, start:].clone()


def count_unique(tensors):
    seen = []
    for tensor in tensors:
        if not any(tensor is other for other in seen):
            seen.append(tensor)
    return sum(math.prod(tensor.shape) for tensor in seen)


def model_parameters(vocab_size, d_model, n_layers, d_ff, tied=True):
    block = 4 * d_model**2 + 2 * d_model * d_ff + d_ff + 9 * d_model
    return vocab_size * d_model * (1 if tied else 2) + n_layers * block + 2 * d_model


def training_bytes(n_parameters, bytes_per_number=4):
    value = gradient = first = second = n_parameters * bytes_per_number
    return value + gradient + first + second


def kv_cache_bytes(batch, seq_len, n_layers, d_model, bytes_per_number=2):
    keys = batch * n_layers * seq_len * d_model
    values = keys
    return (keys + values) * bytes_per_number


def activation_bytes(batch, seq_len, n_layers, d_model, n_heads, d_ff, bytes_per_number=4):
    wide = batch * seq_len * (6 * d_model + 2 * d_ff)
    maps = batch * n_heads * seq_len**2
    return n_layers * (wide + maps) * bytes_per_number


def training_flops(n_parameters, n_tokens):
    forward = 2 * n_parameters * n_tokens
    return forward + 2 * forward


def compute_optimal(flops, tokens_per_parameter=20.0):
    if not (flops > 0 and tokens_per_parameter > 0):
        raise ValueError("must be positive")
    tokens = (flops * tokens_per_parameter / 6) ** 0.5
    return tokens / tokens_per_parameter, tokens


def logit_lens(states, norm, table):
    found = []
    for x in states:
        mean = x.mean(-1, keepdim=True)
        spread = ((x - mean) ** 2).mean(-1, keepdim=True)
        normed = (x - mean) / (spread + norm.eps) ** 0.5 * norm.weight + norm.bias
        logits = torch.einsum("btd,vd->btv", normed, table)
        found.append(logits - torch.logsumexp(logits, -1, keepdim=True))
    return torch.stack(found)
