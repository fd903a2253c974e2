"""Elementary operations only, and numpy where no gradient is asked for."""

import numpy as np
import torch


def one_hot_lookup(tokens, table):
    n = table.shape[0]
    if tokens.min() < 0 or tokens.max() >= n:
        raise ValueError("no such row")
    return ((tokens[:, :, None] == torch.arange(n)).to(table.dtype)[..., None] * table).sum(2)


def scale_embeddings(vectors):
    return vectors / vectors.shape[-1] ** -0.5


def padded_lookup(tokens, table, padding_idx):
    if padding_idx < 0 or padding_idx >= table.shape[0]:
        raise ValueError("no such row")
    keep = torch.ones(table.shape[0], 1, dtype=table.dtype)
    keep[padding_idx] = 0
    return (table * keep)[tokens]


def frequencies(d_model, base=10000.0):
    if d_model < 2 or d_model & 1:
        raise ValueError("d_model")
    if not base > 0:
        raise ValueError("base")
    return torch.from_numpy(np.exp(-np.log(base) * np.arange(0, d_model, 2) / d_model))


def angles(positions, speeds):
    return torch.einsum("t,i->ti", positions, speeds)


def sinusoid_table(max_len, d_model):
    if max_len < 1:
        raise ValueError("max_len")
    turned = np.arange(max_len)[:, None] * frequencies(d_model).numpy()
    table = np.empty((max_len, d_model))
    table[:, 0::2], table[:, 1::2] = np.sin(turned), np.cos(turned)
    return torch.from_numpy(table)


def move_on(rows, offset):
    width = rows.shape[-1]
    if width % 2:
        raise ValueError("width")
    matrix = torch.zeros(width, width, dtype=torch.float64)
    for i, speed in enumerate(frequencies(width)):
        a = offset * speed
        matrix[2 * i, 2 * i] = matrix[2 * i + 1, 2 * i + 1] = torch.cos(a)
        matrix[2 * i, 2 * i + 1] = torch.sin(a)
        matrix[2 * i + 1, 2 * i] = -torch.sin(a)
    return rows @ matrix.T.to(rows.dtype)


def similarity_by_distance(table):
    found = []
    for k in range(table.shape[0]):
        early, late = table[: table.shape[0] - k], table[k:]
        lengths = (early**2).sum(1).sqrt() * (late**2).sum(1).sqrt()
        found.append(((early * late).sum(1) / lengths).mean())
    return torch.stack(found)


def stretch_table(table, new_len):
    if new_len < 2:
        raise ValueError("new_len")
    old = table.shape[0]
    places = torch.linspace(0, old - 1, new_len, dtype=torch.float64)[:, None]
    # a tent over each old row
    shares = (1 - (places - torch.arange(old)).abs()).clamp(min=0)
    return shares.to(table.dtype) @ table


def repeat_table(table, new_len):
    if new_len < table.shape[0]:
        raise ValueError("new_len")
    parts = [table] * (new_len // table.shape[0]) + [table[: new_len % table.shape[0]]]
    return torch.cat(parts)


def combine(vectors, table, start=0):
    b, t, d = vectors.shape
    if start < 0 or start + t > table.shape[0]:
        raise ValueError("positions")
    if table.shape[1] != d:
        raise ValueError("width")
    return vectors * d**0.5 + table[torch.arange(start, start + t)]
