"""As much of torch's own as there is."""

import torch
import torch.nn.functional as F


def one_hot_lookup(tokens, table):
    if (tokens < 0).any():
        raise IndexError("negative id")
    return F.embedding(tokens, table)


def scale_embeddings(vectors):
    return torch.mul(vectors, vectors.shape[-1] ** 0.5)


def padded_lookup(tokens, table, padding_idx):
    if padding_idx not in range(len(table)):
        raise ValueError("padding_idx is no row")
    rows = F.embedding(tokens, table, padding_idx=padding_idx)
    return rows.masked_fill(tokens.eq(padding_idx)[..., None], 0)


def frequencies(d_model, base=10000.0):
    if d_model < 2 or d_model % 2 != 0 or base <= 0:
        raise ValueError("bad d_model or base")
    return torch.logspace(0, 2 / d_model - 1, d_model // 2, base=base, dtype=torch.float64)


def angles(positions, speeds):
    return torch.outer(positions, speeds)


def sinusoid_table(max_len, d_model):
    if max_len < 1:
        raise ValueError("max_len")
    turned = torch.outer(torch.arange(max_len).double(), frequencies(d_model))
    waves = torch.polar(torch.ones_like(turned), turned)  # cos + i sin
    return torch.view_as_real(waves).flip(-1).reshape(max_len, d_model)


def move_on(rows, offset):
    if rows.size(-1) % 2:
        raise ValueError("odd width")
    pairs = torch.view_as_complex(rows.unflatten(-1, (-1, 2)).contiguous())  # s + i c
    turn = (frequencies(rows.size(-1)) * -offset).to(rows.dtype)
    turned = pairs * torch.polar(torch.ones_like(turn), turn)
    return torch.view_as_real(turned).flatten(-2)


def similarity_by_distance(table):
    cosine = F.cosine_similarity(table[:, None], table[None], dim=-1)
    return torch.stack([torch.diagonal(cosine, offset=k).mean() for k in range(len(table))])


def stretch_table(table, new_len):
    if new_len < 2:
        raise ValueError("new_len")
    columns = table.T.unsqueeze(0)  # (1, D, M)
    stretched = F.interpolate(columns, size=new_len, mode="linear", align_corners=True)
    return stretched[0].T


def repeat_table(table, new_len):
    if new_len < len(table):
        raise ValueError("new_len")
    return table.repeat(-(-new_len // len(table)), 1)[:new_len]


def combine(vectors, table, start=0):
    length = vectors.shape[1]
    if not 0 <= start <= len(table) - length or vectors.shape[2] != table.shape[1]:
        raise ValueError("does not fit")
    return torch.add(table.narrow(0, start, length), vectors, alpha=table.shape[1] ** 0.5)
