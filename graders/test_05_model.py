"""Checks of module 05, ``model.py``, 05.9: the forward pass and its gradients.

Weights are drawn here and loaded by key. Of a tied model only the table is loaded: the head follows
by itself where it is tied, and nowhere else.
"""

from __future__ import annotations

import numpy as np

from .attention_inputs import additive, seen_by_all
from .calls import Implementation
from .check import check
from .compare import assert_parity, assert_refuses, assert_same_runs, close, require
from .inputs import Draw
from .model_inputs import MAX_LEN, B, D, Inputs, T, V, config, loaded, weights
from .outcomes import RefusalCode
from .scenarios import model as scenarios


@check("05.9", points=2)
def test_logits(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Embedding, each block with the causal mask, norm and head give the logits of every position."""
    assert_same_runs(learner, reference, scenarios.logits, loaded(draw, config()))
    inputs = loaded(draw, config(positional="learned", tie_weights=False, padding_idx=3))
    assert_same_runs(learner, reference, scenarios.logits, inputs)


@check("05.9", points=1)
def test_lengths(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """One model takes texts of any length from 1 to max_len and batches of any size, in any order."""
    texts = [
        draw.integers(0, V, *shape) for shape in ((B, T), (B, 1), (3, MAX_LEN), (1, 2), (B, T))
    ]
    inputs = {**loaded(draw, config()), "texts": texts}
    del inputs["tokens"]
    assert_same_runs(learner, reference, scenarios.logits_of_each, inputs)


@check("05.9", points=1)
def test_causal(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """What comes after a position has no influence on its logits."""
    inputs = loaded(draw, config(), length=MAX_LEN)
    tokens = inputs.pop("tokens")
    inputs["texts"] = [tokens]
    positions = (1, 4)
    for position in positions:
        other = tokens.copy()
        other[:, position:] = (other[:, position:] + 1 + draw.integers(0, V - 1)) % V
        inputs["texts"].append(other)
    got = learner.run(scenarios.logits_of_each, **inputs)
    for number, position in enumerate(positions, start=1):
        one, other = got["logits of batch 0"], got[f"logits of batch {number}"]
        require(
            close(one[:, :position], other[:, :position]).all(),
            f"other tokens from position {position} on changed the logits before that position",
            got,
        )
    assert_parity(got, reference.run(scenarios.logits_of_each, **inputs))


@check("05.9", points=1)
def test_given_mask(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A mask that is given takes the place of the causal one, in every block."""
    masks = [
        np.ones((T, T), dtype=bool),
        seen_by_all(draw.booleans(B, T, T)),
        additive(seen_by_all(draw.booleans(T, T))),
    ]
    inputs = loaded(draw, config()) | {"masks": masks}
    assert_same_runs(learner, reference, scenarios.logits_with_masks, inputs)


@check("05.9", points=1)
def test_hidden_states(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The hidden states are what the embedding gives, then what each block gives, before ln_f."""
    for layers in (2, 1):
        inputs = loaded(draw, config(n_layers=layers))
        got = learner.run(scenarios.hidden_states, **inputs)
        count = sum(name.startswith("hidden state") for name in got.tensors)
        require(
            count == layers + 1,
            f"{count} hidden states of a model of {layers} blocks, expected {layers + 1}",
            got,
        )
        assert_parity(got, reference.run(scenarios.hidden_states, **inputs))


@check("05.9", points=1)
def test_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradient of every parameter is right; that of a tied table comes from both its uses."""
    for given in (config(), config(positional="learned", tie_weights=False)):
        inputs = loaded(draw, given) | {"cotangent": draw.floats(B, T, V)}
        assert_same_runs(learner, reference, scenarios.logits_with_gradients, inputs)


@check("05.9", points=1, double_only=True)
def test_tying(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """With tie_weights, table and head are one tensor, also after loading; without it they are two."""
    for tied in (True, False):
        table, head = draw.floats(V, D), draw.floats(V, D)
        inputs: Inputs = {"config": config(tie_weights=tied), "table": table, "head": head}
        got = learner.run(scenarios.moved_tie, **inputs)
        if tied:
            assert_parity(got, reference.run(scenarios.moved_tie, **inputs))
            continue
        require(
            got["head after a write into the table"].shape == (V, D)
            and not close(got["head after a write into the table"], table).any(),
            "without tie_weights, a write into the table moved the head",
            got,
        )
        for when in ("a write", "a load and a write"):
            found = got[f"table after {when} into the head"]
            require(
                found.shape == (V, D) and close(found, table).all(),
                "without tie_weights, a write into the head moved the table",
                got,
            )


@check("05.9", points=1)
def test_dropout(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """In evaluation the rate does not matter; in training it acts on the embedding and each block."""
    still = loaded(draw, config(dropout=0.5))
    assert_same_runs(learner, reference, scenarios.hidden_states, still)
    all_dropped = loaded(draw, config(dropout=1.0)) | {"training": True}
    assert_same_runs(learner, reference, scenarios.hidden_states, all_dropped)
    rate, first = 0.25, "hidden state 0"
    inputs = loaded(draw, config(dropout=rate), length=MAX_LEN, batch=4)
    want = reference.run(scenarios.hidden_states, **inputs)[first]
    got = learner.run(scenarios.hidden_states, **inputs, training=True)
    found = got[first]
    require(
        found.shape == want.shape and ((found == 0) | close(found, want / (1 - rate))).all(),
        f"in training each entry of the embedding is either 0 or divided by 1 - {rate}, once; "
        "here some are neither",
        got,
    )
    share = float((found == 0).mean())
    spread = np.sqrt(rate * (1 - rate) / found.size)
    require(abs(share - rate) < 6 * spread, f"a share of {share:.3f} of it was dropped", got)


@check("05.9", points=1)
def test_leaves_inputs_alone(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Tokens and mask are as before, views work, and a mask is not kept for the next call."""
    inputs = loaded(draw, config(padding_idx=3)) | {"mask": seen_by_all(draw.booleans(T, T))}
    inputs["tokens"][0, 1] = 3
    assert_same_runs(learner, reference, scenarios.careful_use, inputs)


@check("05.9", points=1)
def test_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Sizes and tokens that do not fit are refused; near misses that do fit are not."""

    def call(length: int = T, **changes: object) -> dict[str, object]:
        given = config(**changes)
        tokens = draw.integers(0, V, B, length)
        return {**given, "weights": weights(draw, given), "tokens": tokens}

    assert_refuses(
        learner,
        reference,
        scenarios.built_in_chosen_ways,
        draw=draw,
        good=[call(), call(MAX_LEN), call(n_heads=3, n_layers=1, dropout=1.0)],
        bad={
            "a text longer than max_len": call(MAX_LEN + 1),
            "a number of heads that does not divide d_model": call(n_heads=5),
            "no layers": call(n_layers=0),
            "an unknown kind of positions": call() | {"positional": "rotary"},
            "a dropout rate of 1.5": call(dropout=1.5),
        },
    )
    good = call()
    beyond = good["tokens"] + V  # type: ignore[operator]
    for allowed, label, tokens in (
        (RefusalCode.INDEX_ERROR, "an id that the vocabulary does not have", beyond),
        (RefusalCode.TYPE_ERROR, "ids of a floating-point dtype", draw.floats(B, T)),
    ):
        assert_refuses(
            learner,
            reference,
            scenarios.built_in_chosen_ways,
            draw=draw,
            good=[call(), good],
            bad={label: good | {"tokens": tokens}},
            allowed=(RefusalCode.VALUE_ERROR, allowed),
        )
