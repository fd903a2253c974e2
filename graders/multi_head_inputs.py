"""Inputs for checks of multi-head attention: a layer's sizes and weights, and what it is fed."""

from __future__ import annotations

from .attention_inputs import T_K, T_Q, B, H, Inputs, qkv
from .inputs import Array, Draw

D_K = 4
D = H * D_K
PROJECTIONS = ("W_q", "W_k", "W_v", "W_o")


def weights(draw: Draw, d_model: int = D, bias: bool = True) -> dict[str, Array]:
    """Weights with a spread of about one over the root of 12, and biases that are not zero."""
    made = {f"{name}.weight": draw.floats(d_model, d_model) * 0.25 for name in PROJECTIONS}
    if bias:
        made |= {f"{name}.bias": draw.floats(d_model) * 0.5 for name in PROJECTIONS}
    return made


def layer(draw: Draw, d_model: int = D, n_heads: int = H) -> Inputs:
    """Sizes and weights of a layer."""
    return {"d_model": d_model, "n_heads": n_heads, "weights": weights(draw, d_model)}


def tokens(
    draw: Draw,
    batch: int = B,
    t_q: int = T_Q,
    t_k: int = T_K,
    d_model: int = D,
    dtype: str = "float64",
) -> Inputs:
    """query [B, t_q, D], key and value [B, t_k, D], all different."""
    return qkv(draw, batch, t_q=t_q, t_k=t_k, d_k=d_model, d_v=d_model, dtype=dtype)
