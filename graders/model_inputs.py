"""Inputs for checks of the language model: small, with sizes that all differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from .inputs import Array, Draw

Inputs = dict[str, Any]
B, T, V, D, HEADS, LAYERS, F, MAX_LEN = 2, 5, 11, 12, 4, 2, 20, 7
TABLE, HEAD = "embedding.token_embedding.embedding.weight", "lm_head.weight"


def config(**changes: Any) -> Inputs:
    """Arguments of the constructor."""
    sizes = {"vocab_size": V, "d_model": D, "n_heads": HEADS, "n_layers": LAYERS, "d_ff": F}
    return {**sizes, "max_len": MAX_LEN, **changes}


def shapes(given: Inputs) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor that the state_dict must have, by key."""
    v, d, f = given["vocab_size"], given["d_model"], given["d_ff"]
    place = "position_embeddings.weight" if given.get("positional") == "learned" else "pe"
    found: dict[str, tuple[int, ...]] = {
        TABLE: (v, d),
        f"embedding.positional_encoding.{place}": (given["max_len"], d),
    }
    for layer in range(given["n_layers"]):
        linears = {f"self_attn.W_{name}": (d, d) for name in "qkvo"}
        linears |= {"feed_forward.fc1": (f, d), "feed_forward.fc2": (d, f)}
        for name, shape in linears.items():
            found[f"blocks.{layer}.{name}.weight"] = shape
            found[f"blocks.{layer}.{name}.bias"] = shape[:1]
        for name in ("norm1", "norm2"):
            found[f"blocks.{layer}.{name}.weight"] = found[f"blocks.{layer}.{name}.bias"] = (d,)
    found |= {"ln_f.weight": (d,), "ln_f.bias": (d,), HEAD: (v, d)}
    return found


def weights(draw: Draw, given: Inputs) -> dict[str, Array]:
    """Weights for all keys; of a tied model without the head, which must follow the table.

    They are all drawn at once, and no bias is zero, no norm plain.
    """
    wanted = shapes(given)
    if given.get("tie_weights", True):
        del wanted[HEAD]
    sizes = [int(np.prod(shape)) for shape in wanted.values()]
    parts = np.split(draw.floats(sum(sizes)), np.cumsum(sizes)[:-1])
    found = {}
    for (key, shape), part in zip(wanted.items(), parts, strict=True):
        # a matrix of the blocks gives outputs as large as its inputs
        scale = 1.0 / np.sqrt(shape[-1]) if key.startswith("blocks") and len(shape) > 1 else 0.25
        found[key] = part.reshape(shape) * scale + float(_is_norm_scale(key))
    return found


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
