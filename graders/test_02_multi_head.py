"""Checks of module 02, ``multi_head.py``: values, gradients, parameters and masks of the layer."""

from __future__ import annotations

import numpy as np

from .attention_inputs import T_K, T_Q, B, H, additive, seen_by_all
from .calls import Implementation
from .check import check
from .compare import assert_parity, assert_same_runs, close, require
from .inputs import Draw
from .multi_head_inputs import D_K, D, layer, tokens, weights
from .scenarios import multi_head as scenarios


@check("02.8", points=1)
def test_split_heads(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """split_heads gives each head its block of neighbouring columns of every token."""
    assert_same_runs(
        learner,
        reference,
        scenarios.split,
        {"d_model": D, "n_heads": H, "x": draw.floats(B, T_Q, D)},
        {"d_model": 16, "n_heads": 4, "x": draw.floats(4, 4, 16)},
        {"d_model": 10, "n_heads": 1, "x": draw.floats(1, 1, 10)},
    )


@check("02.8", points=1)
def test_combine_heads(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """combine_heads lays the heads of each token side by side, the inverse of split_heads."""
    assert_same_runs(
        learner,
        reference,
        scenarios.combine,
        {"d_model": D, "n_heads": H, "x": draw.floats(B, H, T_Q, D_K)},
        {"d_model": 16, "n_heads": 4, "x": draw.floats(4, 4, 4, 4)},
        {"d_model": 10, "n_heads": 10, "x": draw.floats(1, 10, 1, 1)},
    )


@check("02.8", points=2)
def test_values(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Output and weights of every head are right, for any T_q, T_k and H, with biases and without."""
    single = {name: array.astype("float32") for name, array in weights(draw).items()}
    loud = tokens(draw)
    loud["query"][:, 2] *= 4096.0
    itself = tokens(draw, t_k=T_Q)
    itself |= {"key": itself["query"], "value": itself["query"]}
    assert_same_runs(
        learner,
        reference,
        scenarios.attend,
        layer(draw) | tokens(draw, t_k=T_Q),
        layer(draw) | itself,
        layer(draw) | tokens(draw),
        layer(draw) | tokens(draw, batch=1, t_q=1),
        layer(draw) | tokens(draw, t_k=1),
        layer(draw) | loud,
        layer(draw, 10, 1) | tokens(draw, d_model=10),
        layer(draw, 10, 10) | tokens(draw, d_model=10),
        {"d_model": D, "n_heads": H, "weights": weights(draw, bias=False)} | tokens(draw),
        {"d_model": D, "n_heads": H, "weights": single} | tokens(draw, dtype="float32"),
    )


@check("02.8", points=2)
def test_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Gradients reach all three inputs and all weights and biases, and are right."""
    assert_same_runs(
        learner,
        reference,
        scenarios.attend_with_gradients,
        layer(draw) | tokens(draw, t_k=T_Q) | {"cotangent": draw.floats(B, T_Q, D)},
        layer(draw)
        | tokens(draw)
        | {
            "cotangent": draw.floats(B, T_Q, D),
            "mask": seen_by_all(draw.booleans(B, 1, T_Q, T_K)),
        },
    )


@check("02.8", points=2)
def test_parameters(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """torch sees all parameters and no others: they can be counted, trained, saved and loaded."""
    sizes = ({"d_model": D, "n_heads": H, "bias": bias} for bias in (True, False))
    assert_same_runs(learner, reference, scenarios.registered, *sizes)
    inputs = layer(draw) | tokens(draw) | {"cotangent": draw.floats(B, T_Q, D)}
    assert_same_runs(learner, reference, scenarios.step, inputs)


@check("02.8", points=1)
def test_masks(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A boolean mask of [T_q, T_k], [B, 1, T_q, T_k] or [B, H, T_q, T_k] hides keys where False."""
    masks = [seen_by_all(draw.booleans(*lead, T_Q, T_K)) for lead in ((), (B, 1), (B, H))]
    runs = (layer(draw) | tokens(draw) | {"mask": mask} for mask in masks)
    assert_same_runs(learner, reference, scenarios.attend, *runs)


@check("02.8", points=2)
def test_mask_of_each_sequence(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """A mask of [B, T_q, T_k] is one per sequence, for all its heads, also when B is H."""
    assert_same_runs(
        learner,
        reference,
        scenarios.attend,
        *(
            layer(draw)
            | tokens(draw, batch, t_q, t_k)
            | {"mask": seen_by_all(draw.booleans(batch, t_q, t_k))}
            for batch, t_q, t_k in ((H, T_Q, T_K), (H, H, H), (B, T_Q, T_K), (1, T_Q, T_K))
        ),
    )


@check("02.8", points=1)
def test_additive_masks(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A float mask is added to the scaled scores, whatever its float dtype and its finite amounts."""
    visible = seen_by_all(draw.booleans(B, T_Q, T_K))
    assert_same_runs(
        learner,
        reference,
        scenarios.attend,
        layer(draw) | tokens(draw) | {"mask": additive(visible)},
        layer(draw) | tokens(draw) | {"mask": additive(visible[0], "float32")},
        layer(draw) | tokens(draw) | {"mask": draw.floats(B, H, T_Q, T_K)},
    )


@check("02.8", points=1)
def test_hidden_rows(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A query that sees nothing gets weights 0 and the bias of W_o; no gradient becomes NaN."""
    visible = seen_by_all(draw.booleans(B, T_Q, T_K))
    visible[0, 1] = visible[1, 3] = False
    assert_same_runs(
        learner,
        reference,
        scenarios.attend_with_gradients,
        *(
            layer(draw) | tokens(draw) | {"cotangent": draw.floats(B, T_Q, D), "mask": mask}
            for mask in (visible, additive(visible[:, None]))
        ),
    )


@check("02.8", points=1)
def test_causality(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Under a causal mask, no output and no weight changes when later tokens do."""
    causal = np.tri(T_K, dtype=bool)
    for first, mask in ((1, causal), (4, additive(causal))):
        before, after = draw.floats(B, T_K, D), draw.floats(B, T_K, D)
        after[:, :first] = before[:, :first]
        inputs = layer(draw) | {"tokens": before, "changed": after, "mask": mask}
        got = learner.run(scenarios.attend_before_and_after, **inputs)
        assert_parity(got, reference.run(scenarios.attend_before_and_after, **inputs))
        for name, axis in (("output", 1), ("weights", 2)):
            kept, moved = (
                np.take(got[key], range(first), axis)
                for key in (name, f"{name} of the changed tokens")
            )
            require(close(moved, kept).all(), f"`{name}` of a token depends on later ones", got)


@check("02.8", points=1)
def test_views(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Tensors in any memory layout work and stay as they are; a second call, with other lengths, and
    a third, in another dtype, are as right as the first."""
    inputs = layer(draw) | tokens(draw) | {"mask": seen_by_all(draw.booleans(B, T_Q, T_K))}
    assert_same_runs(learner, reference, scenarios.attend_to_views, inputs)
