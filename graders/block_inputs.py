"""Inputs and weights for checks of the feed-forward layer and of the block; all sizes differ."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .inputs import Array, Draw

Inputs = dict[str, Any]
Weights = dict[str, Array]
B, H, T, D, F = 2, 3, 5, 12, 20
CAUSAL = np.tri(T, dtype=bool)  # True: may attend


def linear(draw: Draw, key: str, wide: int, narrow: int, bias: bool = True) -> Weights:
    """Weight [narrow, wide] and bias of a linear layer called ``key``; outputs as large as inputs."""
    weights = {f"{key}.weight": draw.floats(narrow, wide) / math.sqrt(wide)}
    return weights | ({f"{key}.bias": draw.floats(narrow)} if bias else {})


def feed_forward_weights(draw: Draw, d: int = D, f: int = F, bias: bool = True) -> Weights:
    """Weights of a FeedForward, with biases that are not 0."""
    return linear(draw, "fc1", d, f, bias) | linear(draw, "fc2", f, d, bias)


def block_weights(draw: Draw, d: int = D, f: int = F, bias: bool = True) -> Weights:
    """Weights of a TransformerBlock; gamma and beta of both norms are not 1 and 0.

    Without biases of the linear layers, it is open whether the norms keep theirs, so none is given.
    """
    weights: Weights = {}
    for name in ("W_q", "W_k", "W_v", "W_o"):
        weights |= linear(draw, f"self_attn.{name}", d, d, bias)
    for key, weight in feed_forward_weights(draw, d, f, bias).items():
        weights[f"feed_forward.{key}"] = weight
    for name in ("norm1", "norm2"):
        weights[f"{name}.weight"] = 1.0 + draw.floats(d) / 4
        if bias:
            weights[f"{name}.bias"] = draw.floats(d)
    return weights


def silenced(weights: Weights, *keys: str) -> Weights:
    """The weights with those zero whose key starts with one of ``keys``."""
    return {k: w * 0.0 if k.startswith(keys) else w for k, w in weights.items()}


def layer(draw: Draw, f: int = F, rate: float = 0.1, d: int = D) -> Inputs:
    """Sizes and weights of a FeedForward."""
    return {"d_model": d, "d_ff": f, "rate": rate, "weights": feed_forward_weights(draw, d, f)}


def block(draw: Draw, rate: float = 0.1, n_heads: int = H) -> Inputs:
    """Sizes and weights of a TransformerBlock."""
    sizes = {"d_model": D, "n_heads": n_heads, "d_ff": F, "rate": rate}
    return sizes | {"weights": block_weights(draw)}
