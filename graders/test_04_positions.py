"""Checks of module 04, ``embeddings/positional_encoding.py``, 04.8 and 04.11.

A table of waves may be computed in float32, by formulas whose rounding differs. Up to 64 positions
they agree within the tolerance of float32, in which these checks compare; what is asked of float64
is checked beside inputs so loud that the table's own rounding does not show (``loud``).

One square case (B = T) has the mistakes that elsewhere raise show themselves in numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation
from .check import check
from .compare import assert_parity, assert_refuses, assert_same_runs, require
from .dropout import assert_dropped
from .embedding_inputs import MAX_LEN, B, D, T, loud, nonzero, table
from .inputs import Array, Draw
from .scenarios import embeddings as scenarios


def waves(given: Array, max_len: int = MAX_LEN, d_model: int | None = None) -> dict[str, Any]:
    """The sinusoidal layer, of the width of what it is given."""
    sizes = {"d_model": d_model or given.shape[-1], "max_len": max_len}
    run = {"kind": "SinusoidalPositionalEncoding", "given": given, "sizes": sizes, "weights": {}}
    return run | ({"dtype": "float32"} if given.dtype == np.float32 else {})


def learned(draw: Draw, given: Array, max_len: int = MAX_LEN) -> dict[str, Any]:
    """The layer of learned positions, of the width of what it is given; its table is ours."""
    width = given.shape[-1]
    return {
        "kind": "LearnedPositionalEmbedding",
        "given": given,
        "sizes": {"max_len": max_len, "d_model": width},
        "weights": {"position_embeddings.weight": table(draw, max_len, width)},
    }


def with_rate(run: dict[str, Any], rate: float, training: bool) -> dict[str, Any]:
    """The same, with a dropout rate."""
    return run | {"sizes": run["sizes"] | {"dropout": rate}, "training": training}


def without(run: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same, without some of what it is given."""
    return {name: value for name, value in run.items() if name not in names}


def assert_built(
    learner: Implementation, reference: Implementation, draw: Draw, good: dict[str, Any]
) -> None:
    """Sizes and rates out of range are refused when the layer is built, and no others."""
    assert_refuses(
        learner,
        reference,
        scenarios.built_layers,
        draw=draw,
        good=[without(with_rate(good, rate, False), "training") for rate in (0.0, 0.3, 1.0)],
        bad={
            f"{name} of {size}": good | {"sizes": good["sizes"] | {name: size}}
            for name, size in (("max_len", 0), ("d_model", 0), ("dropout", 1.5), ("dropout", -0.1))
        },
    )


def assert_drops(
    learner: Implementation, reference: Implementation, still: dict[str, Any], rate: float
) -> None:
    """Exact in evaluation; in training, each entry of the sum is dropped on its own."""
    assert_same_runs(learner, reference, scenarios.layer, still)
    got = learner.run(scenarios.layer, **still | {"training": True})
    require("output" in got.tensors, "`output` is missing", got)
    whole = reference.run(scenarios.layer, **still)["output"]
    assert_dropped(got, got["output"], whole, rate)


# ---- 04.8 SinusoidalPositionalEncoding


@check("04.8", points=4)
def test_waves(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Position t adds row t of the table to every sequence: sine in even, cosine in odd columns."""
    shapes = ((T, T, D), (B, T, D), (3, 1, 4), (B, MAX_LEN, 2), (1, 64, 16))
    assert_same_runs(
        learner,
        reference,
        scenarios.layer,
        *(waves(draw.floats(*shape, dtype="float32"), max(MAX_LEN, shape[1])) for shape in shapes),
    )


@check("04.8", points=3)
def test_table_is_kept(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The table is in the state_dict as pe[max_len, D], of 5000 rows where nothing else is asked."""
    x = draw.floats(B, T, D, dtype="float32")
    assert_same_runs(learner, reference, scenarios.layer, waves(x))
    for sizes in ({"d_model": D, "max_len": MAX_LEN}, {"d_model": D}):
        run = {"x": x, "rows": 64, "sizes": sizes}
        assert_same_runs(learner, reference, scenarios.table_of_waves, run)


@check("04.8", points=2)
def test_table_is_not_trained(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """The gradient of the input is right, and there is nothing to train."""
    inputs = {
        "x": draw.floats(B, T, D, dtype="float32"),
        "cotangent": draw.floats(B, T, D, dtype="float32"),
        "sizes": {"d_model": D, "max_len": MAX_LEN},
    }
    got = learner.run(scenarios.trained_by_waves, **inputs)
    want = reference.run(scenarios.trained_by_waves, **inputs)
    assert_parity(got, want)
    trained = sorted(name for name in got.tensors if name not in want.tensors)
    require(not trained, f"there is a {', '.join(trained)}, expected no parameters", got)


@check("04.8", points=2)
def test_waves_in_float64(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """In float64 nothing is rounded to float32, and no call disturbs the next; views work too."""
    whole = waves(loud(draw, B, T, D))
    assert_same_runs(learner, reference, scenarios.layer, whole, waves(loud(draw, 1, 3, 8)))
    shapes = ((B, T, D), (3, 7, D), (1, 2, D))
    for dtype, moved in (("float64", False), ("float32", True)):
        first, *others = (loud(draw, *shape) for shape in shapes)
        inputs = [first, *(other.astype(dtype) for other in others)]
        run = without(whole, "given") | {"inputs": inputs, "moved": moved}
        assert_same_runs(learner, reference, scenarios.layer_in_turn, run)


@check("04.8", points=2)
def test_waves_dropped(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Dropout acts on the sum, in training only, at the rate given; without one nothing is dropped."""
    still = waves(nonzero(draw, 3, 20, 24).astype("float32"), max_len=20)
    assert_same_runs(learner, reference, scenarios.layer, still | {"training": True})
    assert_drops(learner, reference, with_rate(still, 0.25, False), 0.25)
    assert_same_runs(learner, reference, scenarios.layer, with_rate(still, 1.0, True))


@check("04.8", points=1)
def test_waves_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """More positions than max_len, or another width, are a ValueError; max_len positions are not."""
    x = loud(draw, B, T, D)
    assert_refuses(
        learner,
        reference,
        scenarios.layer_in_chosen_calls,
        draw=draw,
        good=[waves(x, T), waves(x, T + 1), waves(loud(draw, B, 1, D), 1)],
        bad={
            "one position more than max_len": waves(x, T - 1),
            "two positions where max_len is 1": waves(loud(draw, B, 2, D), 1),
            "a width that is not d_model": waves(x, MAX_LEN, d_model=D + 2),
            "a width of 1": waves(loud(draw, B, T, 1), MAX_LEN, d_model=D),
        },
    )


@check("04.8", points=1)
def test_waves_built(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Sizes below 1 and rates out of range are a ValueError when the layer is built."""
    assert_built(learner, reference, draw, waves(loud(draw, B, T, D)))


# ---- 04.11 LearnedPositionalEmbedding


@check("04.11", points=4)
def test_learned(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Position t adds row t of the table to every sequence, whatever stands there."""
    shapes = ((T, T, D), (B, T, D), (3, 1, 4), (B, MAX_LEN, 1))
    same = np.broadcast_to(draw.floats(1, 1, D), (B, T, D)).copy()
    runs = [learned(draw, given) for given in (*(draw.floats(*s) for s in shapes), same)]
    single = learned(draw, draw.floats(B, T, D, dtype="float32")) | {"dtype": "float32"}
    assert_same_runs(learner, reference, scenarios.layer, *runs, single)


@check("04.11", points=3)
def test_learned_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradients of the input and of the table are right; unused positions get none."""
    run = learned(draw, draw.floats(B, T, D)) | {"cotangent": draw.floats(B, T, D)}
    assert_same_runs(learner, reference, scenarios.layer_with_gradients, run)


@check("04.11", points=1)
def test_learned_in_turn(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Views work like any tensor, and each call of one layer is as right as the first."""
    shapes = ((B, T, D), (3, 7, D), (1, 2, D))
    for dtype, moved in (("float64", False), ("float32", True)):
        first, *others = (draw.floats(*shape) for shape in shapes)
        run = without(learned(draw, first), "given") | {"moved": moved}
        run["inputs"] = [first, *(other.astype(dtype) for other in others)]
        assert_same_runs(learner, reference, scenarios.layer_in_turn, run)


@check("04.11", points=2)
def test_learned_dropped(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Dropout acts on the sum, in training only, at the rate given; without one nothing is dropped."""
    still = learned(draw, nonzero(draw, 3, 20, 24) * 2.0, max_len=20)
    assert_same_runs(learner, reference, scenarios.layer, still | {"training": True})
    assert_drops(learner, reference, with_rate(still, 0.25, False), 0.25)
    assert_same_runs(learner, reference, scenarios.layer, with_rate(still, 1.0, True))


@check("04.11", points=1)
def test_learned_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """More positions than max_len, or another width, are a ValueError; max_len positions are not."""
    x = draw.floats(B, T, D)
    wide = learned(draw, x)
    assert_refuses(
        learner,
        reference,
        scenarios.layer_in_chosen_calls,
        draw=draw,
        good=[learned(draw, x, T), learned(draw, x, T + 1), learned(draw, x[:, :1], 1)],
        bad={
            "one position more than max_len": learned(draw, x, T - 1),
            "two positions where max_len is 1": learned(draw, x[:, :2], 1),
            "a width that is not d_model": wide | {"given": draw.floats(B, T, D + 1)},
            "a width of 1": wide | {"given": draw.floats(B, T, 1)},
        },
    )


@check("04.11", points=1)
def test_learned_built(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Sizes below 1 and rates out of range are a ValueError when the layer is built."""
    assert_built(learner, reference, draw, learned(draw, draw.floats(B, T, D)))
