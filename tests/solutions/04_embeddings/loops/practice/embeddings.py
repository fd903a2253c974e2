"""Loops, as a beginner would write them down."""

import math

import torch


def one_hot_lookup(tokens, table):
    rows = []
    for sequence in tokens.tolist():
        for token in sequence:
            if token < 0 or token >= len(table):
                raise IndexError(f"there is no row {token}")
        rows.append(torch.stack([table[token] for token in sequence]))
    return torch.stack(rows)


def scale_embeddings(vectors):
    root = math.sqrt(vectors.shape[-1])
    return torch.stack([part * root for part in vectors.unbind(-1)], dim=-1)


def padded_lookup(tokens, table, padding_idx):
    if padding_idx < 0 or padding_idx >= len(table):
        raise ValueError("padding_idx")
    zeros = torch.zeros_like(table[0])
    rows = [
        torch.stack([zeros if token == padding_idx else table[token] for token in sequence])
        for sequence in tokens.tolist()
    ]
    return torch.stack(rows)


def frequencies(d_model, base=10000.0):
    if d_model < 2 or d_model % 2 == 1:
        raise ValueError("d_model")
    if base <= 0:
        raise ValueError("base")
    found = []
    for i in range(d_model // 2):
        found.append(1 / math.pow(base, 2 * i / d_model))
    return torch.tensor(found, dtype=torch.float64)


def angles(positions, speeds):
    return torch.stack([position * speeds for position in positions])


def sinusoid_table(max_len, d_model):
    if max_len < 1:
        raise ValueError("max_len")
    speeds = frequencies(d_model).tolist()
    rows = []
    for t in range(max_len):
        row = []
        for speed in speeds:
            row += [math.sin(t * speed), math.cos(t * speed)]
        rows.append(row)
    return torch.tensor(rows, dtype=torch.float64)


def move_on(rows, offset):
    if rows.size(-1) % 2:
        raise ValueError("width")
    columns = []
    for i, speed in enumerate(frequencies(rows.size(-1)).tolist()):
        s, c = rows[..., 2 * i], rows[..., 2 * i + 1]
        sine, cosine = math.sin(offset * speed), math.cos(offset * speed)
        columns += [s * cosine + c * sine, c * cosine - s * sine]
    return torch.stack(columns, dim=-1)


def similarity_by_distance(table):
    found = []
    for k in range(len(table)):
        total = 0
        for t in range(len(table) - k):
            a, b = table[t], table[t + k]
            total = total + torch.dot(a, b) / (a.norm() * b.norm())
        found.append(total / (len(table) - k))
    return torch.stack(found)


def stretch_table(table, new_len):
    if new_len < 2:
        raise ValueError("new_len")
    rows = []
    for n in range(new_len):
        before, rest = divmod(n * (len(table) - 1), new_len - 1)
        after = min(before + 1, len(table) - 1)
        share = rest / (new_len - 1)
        rows.append(table[before] + share * (table[after] - table[before]))
    return torch.stack(rows)


def repeat_table(table, new_len):
    if new_len < len(table):
        raise ValueError("new_len")
    rows = []
    while len(rows) < new_len:
        rows.append(table[len(rows) % len(table)])
    return torch.stack(rows)


def combine(vectors, table, start=0):
    if start < 0 or start + vectors.size(1) > len(table) or vectors.size(2) != table.size(1):
        raise ValueError("does not fit")
    out = []
    for t in range(vectors.size(1)):
        out.append(vectors[:, t] * math.sqrt(vectors.size(2)) + table[start + t])
    return torch.stack(out, dim=1)
