"""Inputs for checks of attention, of sizes that all differ, so that a swapped axis fails."""

from __future__ import annotations

from typing import Any

import numpy as np

from .inputs import Array, Draw

Inputs = dict[str, Any]
B, H, T_Q, T_K, D_K, D_V = 2, 3, 5, 7, 4, 6


def qkv(
    draw: Draw,
    *batch: int,
    t_q: int = T_Q,
    t_k: int = T_K,
    d_k: int = D_K,
    d_v: int = D_V,
    dtype: str = "float64",
) -> Inputs:
    """query [*batch, t_q, d_k], key [*batch, t_k, d_k], value [*batch, t_k, d_v]."""
    return {
        "query": draw.floats(*batch, t_q, d_k, dtype=dtype),
        "key": draw.floats(*batch, t_k, d_k, dtype=dtype),
        "value": draw.floats(*batch, t_k, d_v, dtype=dtype),
    }


def seen_by_all(mask: Array) -> Array:
    """A boolean mask in which every query may attend to its first key at least."""
    mask = mask.copy()
    mask[..., 0] = True
    return mask


def additive(mask: Array, dtype: str = "float64") -> Array:
    """A boolean mask as an additive one."""
    return np.where(mask, 0.0, -np.inf).astype(dtype)
