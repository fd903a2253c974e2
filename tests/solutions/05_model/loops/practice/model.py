"""One position, one tensor, one layer at a time."""

from __future__ import annotations

import math

import torch
from torch import nn


def next_token_pairs(tokens):
    columns = list(tokens.unbind(1))
    if len(columns) < 2:
        raise ValueError("need two columns")
    return torch.stack(columns[:-1], 1), torch.stack(columns[1:], 1)


def output_head(hidden, table):
    if hidden.size(-1) != table.size(-1):
        raise ValueError("widths differ")
    return torch.stack([hidden @ row for row in table], dim=-1)


def next_token_loss(logits, targets):
    if targets.size() != logits.size()[:-1]:
        raise ValueError("shapes differ")
    losses = [
        -torch.log_softmax(logits[b, t], -1)[targets[b, t]]
        for b in range(targets.size(0))
        for t in range(targets.size(1))
    ]
    return sum(losses) / len(losses)


def initial_loss(vocab_size):
    if vocab_size <= 0:
        raise ValueError("need a token")
    return sum(-math.log(1 / vocab_size) for _ in range(3)) / 3


def stack_layers(make_layer, n_layers):
    if n_layers <= 0:
        raise ValueError("need a layer")
    layers = []
    while len(layers) != n_layers:
        layers.append(make_layer())
    return nn.Sequential(*layers)


def hidden_states(x, layers):
    found = []
    for number in range(len(layers) + 1):
        stage = x
        for layer in layers[:number]:
            stage = layer(stage)
        found.append(stage)
    return found


def tie_weights(embedding, head):
    if tuple(head.weight.size()) != tuple(embedding.weight.size()):
        raise ValueError("shapes differ")
    setattr(head, "weight", embedding.weight)  # noqa: B010


def crop_context(tokens, max_len):
    if max_len <= 0:
        raise ValueError("need room")
    while tokens.size(1) > max_len:
        tokens = tokens[:, 1:]
    return tokens


def count_unique(tensors):
    seen = set()
    count = 0
    for tensor in tensors:
        if tensor.data_ptr() not in seen:
            seen.add(tensor.data_ptr())
            count += tensor.nelement()
    return count


def model_parameters(vocab_size, d_model, n_layers, d_ff, tied=True):
    shapes = [(vocab_size, d_model), (d_model,), (d_model,)]
    if not tied:
        shapes.append((vocab_size, d_model))
    for _ in range(n_layers):
        shapes += [(d_model, d_model), (d_model,)] * 4
        shapes += [(d_ff, d_model), (d_ff,), (d_model, d_ff), (d_model,)]
        shapes += [(d_model,)] * 4
    return sum(math.prod(shape) for shape in shapes)


def training_bytes(n_parameters, bytes_per_number=4):
    return sum(n_parameters * bytes_per_number for _ in ("value", "gradient", "mean", "square"))


def kv_cache_bytes(batch, seq_len, n_layers, d_model, bytes_per_number=2):
    total = 0
    for _ in range(n_layers):
        for _ in ("keys", "values"):
            total += batch * seq_len * d_model * bytes_per_number
    return total


def activation_bytes(batch, seq_len, n_layers, d_model, n_heads, d_ff, bytes_per_number=4):
    kept = [d_model] * 2 + [d_model] * 3 + [d_model] + [seq_len] * n_heads + [d_ff] * 2
    return sum(sum(kept) * batch * seq_len for _ in range(n_layers)) * bytes_per_number


def training_flops(n_parameters, n_tokens):
    return sum(n_parameters * n_tokens for _ in range(6))


def compute_optimal(flops, tokens_per_parameter=20.0):
    if min(flops, tokens_per_parameter) <= 0:
        raise ValueError("must be above 0")
    n = math.exp((math.log(flops) - math.log(6) - math.log(tokens_per_parameter)) / 2)
    return n, flops / (6 * n)


def logit_lens(states, norm, table):
    return torch.stack([(norm(state) @ table.mT).log_softmax(2) for state in states])
