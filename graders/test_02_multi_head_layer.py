"""Checks of module 02, ``multi_head.py``: dropout and refusals of the layer."""

from __future__ import annotations

import numpy as np

from .attention_inputs import T_K, T_Q, B, H, Inputs, additive, seen_by_all
from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, assert_same_runs, close, require
from .dropout import assert_weights_dropped
from .inputs import Draw
from .multi_head_inputs import D, layer, tokens, weights
from .outcomes import RefusalCode
from .scenarios import multi_head as scenarios

HEADS, KEYS = 2, 12


@check("02.8", points=1)
def test_evaluation(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """In evaluation the layer is exact, whatever its rate; so it is in training at rate 0."""
    still = {"rate": 0.0, "training": True}, {"rate": 0.5, "training": False}
    runs = (layer(draw) | tokens(draw) | given for given in still)
    assert_same_runs(learner, reference, scenarios.attend, *runs)
    default = layer(draw) | tokens(draw) | {"rate": None, "training": False}
    assert_same_runs(learner, reference, scenarios.attend, default)


def one_hot_layer(draw: Draw, t_q: int) -> Inputs:
    """A layer whose output is, head by head, the weights that were used, and these once more.

    The values are unit vectors, twice side by side in every head, and nothing projects them.
    """
    d_model = HEADS * 2 * KEYS
    inputs = layer(draw, d_model, HEADS) | tokens(draw, t_q=t_q, t_k=KEYS, d_model=d_model)
    for name in ("W_v", "W_o"):
        inputs["weights"][f"{name}.weight"] = np.eye(d_model)
        inputs["weights"][f"{name}.bias"] = np.zeros(d_model)
    unit = np.tile(np.eye(KEYS), 2 * HEADS)
    return inputs | {"value": np.stack([unit] * B)}


def used_weights(result: Result) -> Result:
    """The output of a ``one_hot_layer`` as weights, [B * H, T_q, T_k], beside those returned."""
    shown = dict(result.tensors)
    for name, array in result.tensors.items():
        if name == "output":
            array = array.reshape(B, -1, HEADS, 2, KEYS)
            require(
                close(array[..., 0, :], array[..., 1, :]).all(),
                "what is dropped in training is not a weight: one and the same weight reached a part "
                "of its value and not the rest",
                result,
            )
            array = array[..., 0, :].swapaxes(1, 2)
        shown[name] = array.reshape(-1, *array.shape[2:])
    return Result(result.call, shown)


def both_used_weights(
    learner: Implementation, reference: Implementation, inputs: Inputs
) -> tuple[Result, Result]:
    """The ``used_weights`` of both; the weights that the learner returned are right."""
    got, want = learner.run(scenarios.attend, **inputs), reference.run(scenarios.attend, **inputs)
    assert_parity(got, Result(want.call, {"weights": want["weights"]}))
    require("output" in got.tensors, "`output` is missing", got)
    require(got["output"].shape == want["output"].shape, "`output` has the wrong shape", got)
    return used_weights(got), used_weights(want)


@check("02.8", points=1)
def test_dropout(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """In training the layer drops attention weights, each on its own, at its rate (0.1 when none is
    given), and still returns them as they were."""
    inputs = one_hot_layer(draw, t_q=20) | {"rate": 0.25, "training": True}
    got, want = both_used_weights(learner, reference, inputs)
    assert_weights_dropped(got, want, 0.25)
    inputs = one_hot_layer(draw, t_q=6) | {"rate": None, "training": True}
    got, want = both_used_weights(learner, reference, inputs)
    kept = got["output"] != 0
    scaled = close(got["output"], want["weights"] / 0.9)
    require((scaled | ~kept).all(), "what is kept by default is not divided by 1 - 0.1", got)
    # one of 288 is dropped and half are kept, but for a chance of 1e-13
    require(0.5 < kept.mean() < 1, "the share that is dropped by default is not about 0.1", got)


@check("02.8", points=1)
def test_all_dropped(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """At rate 1 every weight is dropped, in training, so the output is the bias of W_o."""
    inputs = layer(draw) | tokens(draw) | {"rate": 1.0}
    assert_same_runs(learner, reference, scenarios.attend, inputs | {"training": False}, inputs)


@check("02.8", points=1)
def test_layer_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The constructor raises ValueError where n_heads does not divide d_model, where one of them is
    below 1, and where the rate is out of range."""

    def call(d_model: int, n_heads: int, rate: float = 0.1) -> Inputs:
        size = max(d_model, 1)
        given = {"d_model": d_model, "n_heads": n_heads, "rate": rate}
        return given | {"weights": weights(draw, size), "x": draw.floats(B, T_Q, size)}

    assert_refuses(
        learner,
        reference,
        scenarios.layers_in_chosen_calls,
        draw=draw,
        good=[call(12, 3), call(10, 5, 0.0), call(7, 7, 1.0), call(9, 1), call(1, 1)],
        bad={
            "3 heads for a width of 10": call(10, 3),
            "24 heads for a width of 12": call(12, 24),
            "0 heads": call(12, 0),
            "-3 heads": call(12, -3),
            "a width of 0": call(0, 2),
            "a width of -12": call(-12, 3),
            "a rate of -0.1": call(12, 4, -0.1),
            "a rate of 1.5": call(12, 4, 1.5),
        },
    )


@check("02.8", points=1)
def test_inputs_refused(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Inputs of another width than D, keys and values of different number, and masks that do not fit
    are a ValueError."""
    mask = seen_by_all(draw.booleans(B, T_Q, T_K))
    given = layer(draw)
    good = given | tokens(draw)

    def masked(*shape: int) -> Inputs:
        return good | {"mask": np.ones(shape, dtype=bool)}

    assert_refuses(
        learner,
        reference,
        scenarios.attend_in_chosen_calls,
        draw=draw,
        good=[good, good | {"mask": additive(mask)}, given | tokens(draw, H)],
        bad={
            "a query that is too wide": good | {"query": draw.floats(B, T_Q, D + 1)},
            "a key that is too narrow": good | {"key": draw.floats(B, T_K, D - H)},
            "a value that is too narrow": good | {"value": draw.floats(B, T_K, D - H)},
            "a value too few": good | {"value": draw.floats(B, T_K - 1, D)},
            "a mask lying on its side": masked(T_K, T_Q),
            "a mask for more sequences": masked(B + 2, T_Q, T_K),
            "a mask for each head, without the batch": masked(H, T_Q, T_K),
            "a mask for more heads": masked(B, H + 1, T_Q, T_K),
        },
    )
    assert_refuses(
        learner,
        reference,
        scenarios.attend_in_chosen_calls,
        draw=draw,
        good=[good | {"mask": mask}],
        bad={"a mask of integers 0 and 1": good | {"mask": mask.astype("int64")}},
        allowed=(RefusalCode.VALUE_ERROR, RefusalCode.TYPE_ERROR),
    )
