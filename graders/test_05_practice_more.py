"""Checks of module 05, ``practice/model.py``, 05.11 to 05.18: counting, budgets, the logit lens."""

from __future__ import annotations

from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Array, Draw
from .model_inputs import B, D, T, V
from .scenarios import practice_model as scenarios

# ---- 05.11 count_unique


@check("05.11", points=2)
def test_unique(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A tensor that comes twice counts once; tensors with equal values are still two."""
    tensors = [draw.floats(3, 4), draw.floats(5), draw.floats(2, 3, 2), draw.floats(7, 1)]
    twins = [*tensors, tensors[0].copy()]
    assert_same_runs(
        learner,
        reference,
        scenarios.count_unique,
        {"tensors": tensors, "order": [0, 1, 2, 1, 3, 0, 0]},
        {"tensors": twins, "order": [4, 0, 1, 4, 2]},
        {"tensors": tensors, "order": []},
    )


# ---- 05.12 to 05.16: numbers from sizes


def assert_same_sizes(
    learner: Implementation, reference: Implementation, function: str, calls: list[dict[str, int]]
) -> None:
    """The function gives the right whole number for each set of arguments."""
    inputs = {"function": function, "calls": calls}
    assert_same_runs(learner, reference, scenarios.sizes, inputs)


def drawn_sizes(draw: Draw, *names: str, top: int = 60) -> dict[str, int]:
    """A size of at least 2 for each name, no two alike."""
    sizes = draw.shuffled([*range(2, top)])
    return dict(zip(names, sizes, strict=False))


@check("05.12", points=2)
def test_parameters(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The count of a tied model is right for any sizes, up to billions."""
    names = ("vocab_size", "d_model", "n_layers", "d_ff")
    large = {"vocab_size": 50257, "d_model": 12288, "n_layers": 96, "d_ff": 49152}
    calls = [*(drawn_sizes(draw, *names) for _ in range(3)), large]
    assert_same_sizes(learner, reference, "model_parameters", calls)


@check("05.12", points=2)
def test_parameters_untied(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A head that is not tied adds its own matrix."""
    names = ("vocab_size", "d_model", "n_layers", "d_ff")
    calls = [drawn_sizes(draw, *names) | {"tied": tied} for tied in (False, True, False)]
    assert_same_sizes(learner, reference, "model_parameters", calls)


@check("05.13", points=2)
def test_training_bytes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Value, gradient and two moments of each parameter are counted, at any size of a number."""
    calls = [{"n_parameters": int(n)} for n in draw.integers(5, 10**9, 3)]
    calls += [{"n_parameters": 1234567, "bytes_per_number": width} for width in (2, 8)]
    assert_same_sizes(learner, reference, "training_bytes", calls)


@check("05.14", points=2)
def test_kv_cache_bytes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Keys and values of every token in every layer are counted."""
    names = ("batch", "seq_len", "n_layers", "d_model")
    calls = [drawn_sizes(draw, *names) for _ in range(3)]
    calls += [drawn_sizes(draw, *names, "bytes_per_number") for _ in range(2)]
    assert_same_sizes(learner, reference, "kv_cache_bytes", calls)


@check("05.15", points=3)
def test_activation_bytes(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Everything in the list is counted, once for each token and block."""
    names = ("batch", "seq_len", "n_layers", "d_model", "n_heads", "d_ff")
    calls = [drawn_sizes(draw, *names) for _ in range(3)]
    calls += [drawn_sizes(draw, *names, "bytes_per_number") for _ in range(2)]
    assert_same_sizes(learner, reference, "activation_bytes", calls)


@check("05.16", points=2)
def test_training_flops(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each parameter costs each token as many operations as the rule of thumb says."""
    sizes = draw.integers(5, 10**6, 4, 2).tolist()
    calls = [{"n_parameters": n, "n_tokens": tokens} for n, tokens in sizes]
    assert_same_sizes(learner, reference, "training_flops", calls)


# ---- 05.17 compute_optimal


@check("05.17", points=2)
def test_optimum(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The budget is used up, with 20 tokens for each parameter, or as many as are asked for."""
    budgets = [float(n) * 1e12 for n in draw.integers(1, 10**9, 3)]
    assert_same_runs(
        learner,
        reference,
        scenarios.compute_optimal,
        {"calls": [{"flops": budget} for budget in budgets]},
        {"calls": [{"flops": 3e21, "tokens_per_parameter": ratio} for ratio in (1.7, 140.0)]},
    )


@check("05.17", points=2)
def test_optimum_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A budget or a ratio that is not above 0 is a ValueError."""
    assert_refuses(
        learner,
        reference,
        scenarios.compute_optimal,
        draw=draw,
        good=[{"flops": 0.5}, {"flops": 6e23, "tokens_per_parameter": 0.25}],
        bad={
            "no budget": {"flops": 0.0},
            "a negative budget": {"flops": -5.0},
            "no tokens": {"flops": 1e9, "tokens_per_parameter": 0.0},
            "two negative numbers": {"flops": -1e9, "tokens_per_parameter": -20.0},
        },
    )


# ---- 05.18 logit_lens


@check("05.18", points=2)
def test_lens(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Every state passes the norm and the head, and becomes log-probabilities over the tokens."""
    for states, eps, loudness in ((3, 1e-5, 1.0), (1, 0.1, 1.0), (2, 1e-5, 1024.0)):
        table: Array = draw.floats(V, D) * loudness
        inputs = {
            "states": [draw.floats(B, T, D) for _ in range(states)],
            "gamma": draw.floats(D) + 3.0,
            "beta": draw.floats(D),
            "eps": eps,
            "table": table,
        }
        assert_same_runs(learner, reference, scenarios.logit_lens, inputs)


@check("05.18", points=1)
def test_lens_gradients(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The gradients of states, norm and table are right."""
    inputs = {
        "states": [draw.floats(B, T, D) for _ in range(4)],
        "gamma": draw.floats(D),
        "beta": draw.floats(D),
        "table": draw.floats(V, D),
        "cotangent": draw.floats(4, B, T, V),
    }
    assert_same_runs(learner, reference, scenarios.logit_lens_with_gradients, inputs)
