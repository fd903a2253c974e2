"""Inputs for checks of text generation: lively models, and prompts whose greedy text is clear."""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation
from .inputs import Array, Draw
from .model_inputs import Inputs, config, weights
from .scenarios import generator as scenarios
from .scenarios.model import HEAD, shapes

V = 23
GREEDY: Inputs = {"do_sample": False}
# settings with which only the likeliest token can be drawn
LIKELIEST: tuple[Inputs, ...] = (GREEDY, {"temperature": 1e-12}, {"top_k": 1}, {"top_p": 1e-9})


def model(draw: Draw, **changes: Any) -> Inputs:
    """Constructor arguments and weights of a model that does not repeat itself: what it says next
    depends on where a token stands, and it is not tied. It has one layer, to be quick."""
    given = config(**{"vocab_size": V, "n_layers": 1, "tie_weights": False, **changes})
    wanted = shapes(given)
    if given["tie_weights"]:
        del wanted[HEAD]
    sizes = [int(np.prod(shape)) for shape in wanted.values()]
    factors = [4.0 if "positional_encoding" in key else 1.0 for key in wanted]
    return {"config": given, "weights": weights(draw, given) * np.repeat(factors, sizes)}


def clear_prompts(
    reference: Implementation, draw: Draw, given: Inputs, rows: int, length: int, new: int
) -> tuple[Array, Array]:
    """Prompts [rows, length], and their greedy text [rows, length + new] by the reference.

    Of more that were drawn, those in which the likeliest token is the clearest at its least clear
    step: right work may round in another way.
    """
    prompts = draw.integers(0, given["config"]["vocab_size"], 2 * rows + 8, length)
    run = reference.run(scenarios.greedy, **given, prompts=prompts, new=new)
    chosen = np.sort(np.argsort(-run["gaps"].min(axis=1))[:rows])
    return prompts[chosen], run["texts"][chosen]


def lively_texts(
    reference: Implementation, draw: Draw, given: Inputs, length: int, new: int, eos: int
) -> tuple[Inputs, Array]:
    """Greedy texts [rows, length + new] of the model with its ids renamed: ``eos`` comes early in
    some of them, in others late or never."""
    _, texts = clear_prompts(reference, draw, given, 24, length, new)
    middle = texts[:, length + 1 : -1]
    ids = range(given["config"]["vocab_size"])
    found = [int((middle == token).any(axis=1).sum()) for token in ids]
    common = int(np.argmax(found))
    names = np.array(ids)
    names[[common, eos]] = eos, common
    return renamed(given, names), names[texts]


def renamed(given: Inputs, names: Array) -> Inputs:
    """A model that is not tied, with the rows of its table and of its head in another order."""
    sizes = given["config"]
    size = sizes["vocab_size"] * sizes["d_model"]  # the table comes first, the head last
    flat: Array = given["weights"].copy()
    for part in (flat[:size], flat[-size:]):
        part[:] = part.reshape(len(names), -1)[names].ravel()
    return {**given, "weights": flat}


def ended(texts: Array, length: int, eos: int, padding: int) -> Array:
    """Greedy texts as they are if ``eos`` ends a row: filled after it, as wide as the longest."""
    texts = texts.copy()
    longest = length
    for row in texts:
        ends = length + np.flatnonzero(row[length:] == eos)
        end = int(ends[0]) + 1 if ends.size else row.size
        row[end:] = padding
        longest = max(longest, end)
    return texts[:, :longest]
