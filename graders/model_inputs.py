"""Inputs for checks of the language model: small, with sizes that all differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from .inputs import Array, Draw
from .scenarios.model import HEAD, shapes

Inputs = dict[str, Any]
B, T, V, D, HEADS, LAYERS, F, MAX_LEN = 2, 5, 11, 12, 4, 2, 20, 7


def config(**changes: Any) -> Inputs:
    """Arguments of the constructor."""
    sizes = {"vocab_size": V, "d_model": D, "n_heads": HEADS, "n_layers": LAYERS, "d_ff": F}
    return {**sizes, "max_len": MAX_LEN, **changes}


def weights(draw: Draw, given: Inputs) -> Array:
    """All weights in one row, in the order of ``shapes``; of a tied model without the head.

    No bias is zero, no norm plain.
    """
    wanted = shapes(given)
    if given.get("tie_weights", True):
        del wanted[HEAD]  # it must follow the table
    sizes = [int(np.prod(shape)) for shape in wanted.values()]
    parts = np.split(draw.floats(sum(sizes)), np.cumsum(sizes)[:-1])
    found = []
    for (key, shape), part in zip(wanted.items(), parts, strict=True):
        # a matrix of the blocks gives outputs as large as its inputs
        scale = 1.0 / np.sqrt(shape[-1]) if key.startswith("blocks") and len(shape) > 1 else 0.25
        found.append(part * scale + float(_is_norm_scale(key)))
    return np.concatenate(found)


def _is_norm_scale(key: str) -> bool:
    return key.endswith(("norm1.weight", "norm2.weight", "ln_f.weight"))


def loaded(draw: Draw, given: Inputs, length: int = T, batch: int = B) -> Inputs:
    """Constructor arguments, weights and tokens."""
    tokens = draw.integers(0, given["vocab_size"], batch, length)
    return {"config": given, "weights": weights(draw, given), "tokens": tokens}


def parameter_counts(given: Inputs) -> dict[str, int]:
    """The breakdown, from the sizes."""
    sizes = {key: int(np.prod(shape)) for key, shape in shapes(given).items()}
    sizes = {key: size for key, size in sizes.items() if not key.endswith(".pe")}
    if given.get("tie_weights", True):
        sizes[HEAD] = 0
    starts = {
        "embedding": "embedding.",
        "transformer_blocks": "blocks.",
        "ln_f": "ln_f.",
        "lm_head": HEAD,
    }
    parts = {
        name: sum(size for key, size in sizes.items() if key.startswith(start))
        for name, start in starts.items()
    }
    return {**parts, "total": sum(parts.values())}
