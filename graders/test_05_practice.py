"""Checks of module 05, ``practice/model.py``, 05.1 to 05.8: the pieces of the model."""

from __future__ import annotations

import numpy as np

from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Draw
from .model_inputs import B, D, T, V
from .scenarios import practice_model as scenarios

# ---- 05.1 next_token_pairs


@check("05.1", points=1)
def test_pairs(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The target of each position is the token after its input, in every row."""
    assert_same_runs(
        learner,
        reference,
        scenarios.next_token_pairs,
        *({"tokens": draw.integers(0, 90, *shape)} for shape in ((B, T), (1, 2), (4, 3))),
    )


@check("05.1", points=1)
def test_pairs_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Fewer than two columns are a ValueError."""
    assert_refuses(
        learner,
        reference,
        scenarios.next_token_pairs_in_chosen_calls,
        draw=draw,
        good=[{"tokens": draw.integers(0, 90, *shape)} for shape in ((B, 2), (1, 4))],
        bad={
            "one column": {"tokens": draw.integers(0, 90, B, 1)},
            "one column, one row": {"tokens": draw.integers(0, 90, 1, 1)},
        },
    )


# ---- 05.2 output_head


@check("05.2", points=1)
def test_head(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each score is the dot product of a hidden vector with a row of the table, with gradients."""
    inputs = {"hidden": draw.floats(B, T, D), "table": draw.floats(V, D)}
    assert_same_runs(
        learner,
        reference,
        scenarios.output_head,
        {"hidden": draw.floats(4, 4, 4), "table": draw.floats(4, 4)},
        inputs,
        {
            "hidden": draw.floats(B, T, D, dtype="float32"),
            "table": draw.floats(V, D, dtype="float32"),
        },
    )
    pulled = inputs | {"cotangent": draw.floats(B, T, V)}
    assert_same_runs(learner, reference, scenarios.output_head_with_gradients, pulled)


@check("05.2", points=1)
def test_head_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Different widths are a ValueError."""
    hidden = draw.floats(B, T, D)
    assert_refuses(
        learner,
        reference,
        scenarios.output_head_in_chosen_calls,
        draw=draw,
        good=[
            {"hidden": hidden, "table": draw.floats(V, D)},
            {"hidden": hidden, "table": draw.floats(D, D)},
        ],
        bad={
            "a table that is too wide": {"hidden": hidden, "table": draw.floats(V, D + 1)},
            "a table on its side": {"hidden": hidden, "table": draw.floats(D, V)},
        },
    )


# ---- 05.3 next_token_loss


@check("05.3", points=1)
def test_loss(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The loss is the mean of -ln softmax(logits) at the targets, over all positions."""
    assert_same_runs(
        learner,
        reference,
        scenarios.next_token_loss,
        {"logits": draw.floats(T, T, T), "targets": draw.integers(0, T, T, T)},
        {"logits": draw.floats(B, T, V), "targets": draw.integers(0, V, B, T)},
        {"logits": draw.floats(1, 1, V), "targets": draw.integers(0, V, 1, 1)},
        {"logits": draw.floats(B, T, V, dtype="float32"), "targets": draw.integers(0, V, B, T)},
    )


@check("05.3", points=1)
def test_loss_extremes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Scores of thousands do not overflow, and the gradient is right."""
    inputs = {"logits": draw.floats(B, T, V), "targets": draw.integers(0, V, B, T)}
    loud = inputs | {"logits": inputs["logits"] * 4096.0}
    assert_same_runs(learner, reference, scenarios.next_token_loss, loud)
    pulled = inputs | {"cotangent": np.array(1.5)}
    assert_same_runs(learner, reference, scenarios.next_token_loss_with_gradients, pulled)


@check("05.3", points=1)
def test_loss_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Targets that are not one for each position are a ValueError."""
    logits = draw.floats(B, T, V)
    good = [{"logits": logits, "targets": draw.integers(0, V, B, T)} for _ in range(2)]
    assert_refuses(
        learner,
        reference,
        scenarios.next_token_loss_in_chosen_calls,
        draw=draw,
        good=good,
        bad={
            "a target too few": {"logits": logits, "targets": draw.integers(0, V, B, T - 1)},
            "targets on their side": {"logits": logits, "targets": draw.integers(0, V, T, B)},
        },
    )


# ---- 05.4 initial_loss


@check("05.4", points=2)
def test_initial_loss_of(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The loss is that of a fair die with V sides; fewer than one side is a ValueError."""
    sizes = [1, *(int(n) for n in draw.integers(2, 50000, 4))]
    assert_refuses(
        learner,
        reference,
        scenarios.initial_losses,
        draw=draw,
        good=[{"vocab_size": size} for size in sizes],
        bad={"no tokens": {"vocab_size": 0}, "less than none": {"vocab_size": -3}},
    )


# ---- 05.5 stack_layers


@check("05.5", points=1)
def test_stack_counts(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """There are as many layers as asked, each another, and torch sees the parameters of all."""
    runs = ({"n_layers": n} for n in (3, 1, 5))
    assert_same_runs(learner, reference, scenarios.count_stacked, *runs)


@check("05.5", points=1)
def test_stack_runs(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each layer has weights of its own, and gets a gradient of its own."""
    inputs = {
        "n_layers": 3,
        "weights": [draw.floats(4, 4) for _ in range(3)],
        "x": draw.floats(B, 4),
        "cotangent": draw.floats(B, 4),
    }
    assert_same_runs(learner, reference, scenarios.stack_layers, inputs)


@check("05.5", points=1)
def test_stack_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Fewer than one layer is a ValueError."""
    assert_refuses(
        learner,
        reference,
        scenarios.count_stacked_in_chosen_calls,
        draw=draw,
        good=[{"n_layers": 2}, {"n_layers": 1}],
        bad={"no layers": {"n_layers": 0}, "less than none": {"n_layers": -1}},
    )


# ---- 05.6 hidden_states


@check("05.6", points=3)
def test_stages(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The stages are x itself and what each layer makes of the stage before, with gradients."""
    for layers in (3, 1, 0):
        inputs = {
            "x": draw.floats(B, T, D),
            "matrices": [draw.floats(D, D) * 0.25 for _ in range(layers)],
            "cotangent": draw.floats(B, T, D),
        }
        assert_same_runs(learner, reference, scenarios.hidden_states, inputs)


# ---- 05.7 tie_weights


@check("05.7", points=2)
def test_tie(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Both use one parameter with the embedding's values: a write or a gradient reaches both."""
    inputs = {name: draw.floats(V, D) for name in ("table", "head", "later")}
    inputs |= {
        "bias": draw.floats(V),
        "tokens": draw.integers(0, V, B, T),
        "x": draw.floats(B, T, D),
    }
    assert_same_runs(learner, reference, scenarios.tie_weights, inputs)


@check("05.7", points=1)
def test_tie_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Matrices of different shape are a ValueError."""
    table = draw.floats(V, D)
    assert_refuses(
        learner,
        reference,
        scenarios.tie_weights_in_chosen_calls,
        draw=draw,
        good=[
            {"table": table, "head": draw.floats(V, D)},
            {"table": draw.floats(D, V), "head": draw.floats(D, V)},
        ],
        bad={
            "a head for more tokens": {"table": table, "head": draw.floats(V + 1, D)},
            "a head on its side": {"table": table, "head": draw.floats(D, V)},
        },
    )


# ---- 05.8 crop_context


@check("05.8", points=1)
def test_crop(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The last max_len tokens stay, or all where there are no more."""
    tokens = draw.integers(0, 90, B, 7)
    runs = ({"tokens": tokens, "max_len": length} for length in (4, 7, 9, 1, 6))
    assert_same_runs(learner, reference, scenarios.crop_context, *runs)


@check("05.8", points=1)
def test_crop_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A max_len below 1 is a ValueError."""
    tokens = draw.integers(0, 90, B, 7)
    assert_refuses(
        learner,
        reference,
        scenarios.crop_context_in_chosen_calls,
        draw=draw,
        good=[{"tokens": tokens, "max_len": length} for length in (1, 5)],
        bad={f"a max_len of {n}": {"tokens": tokens, "max_len": n} for n in (0, -2)},
    )
