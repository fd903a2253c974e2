"""Checks of module 07, ``sampling/generator.py``: the config, greedy text, and what is left behind.

The models are real ones with weights that are drawn here. Greedy text is compared token by token,
from prompts in which the largest logit is clear at every step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, require
from .generator_inputs import GREEDY, LIKELIEST, V, clear_prompts, model
from .inputs import Draw
from .model_inputs import MAX_LEN, Inputs
from .scenarios import generator as scenarios

KINDS = ("sinusoidal", "learned")

# ---- 07.17 GeneratorConfig


@check("07.17", points=1)
def test_config(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The fields have their defaults, or what they are given."""
    settings = {
        "max_new_tokens": 7,
        "temperature": 0.5,
        "top_k": 3,
        "top_p": 0.9,
        "do_sample": False,
        "eos_token_id": 0,
        "pad_token_id": 2,
    }
    got = learner.run(scenarios.configs, settings=settings)
    # of each field whether it is None, and its number
    defaults = np.array([[0, 50], [0, 1], [1, 0], [1, 0], [0, 1], [1, 0], [1, 0]], dtype=float)
    values = np.array([[0, 7], [0, 0.5], [0, 3], [0, 0.9], [0, 0], [0, 0], [0, 2]], dtype=float)
    want = {"defaults": defaults, "values": values, "defaults after it": defaults}
    assert_parity(got, Result(got.call, want))


@check("07.17", points=2)
def test_config_range(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A value out of range is a ValueError when the config is made; the ends of a range are in it."""
    assert_refuses(
        learner,
        reference,
        scenarios.configs_in_chosen_calls,
        draw=draw,
        good=[
            {},
            {"max_new_tokens": 0, "top_k": 1, "top_p": 1.0},
            {"temperature": 0.01, "top_p": 0.01, "eos_token_id": 0, "pad_token_id": 0},
        ],
        bad={
            "a negative number of tokens": {"max_new_tokens": -1},
            "a temperature of 0": {"temperature": 0.0},
            "a negative temperature": {"temperature": -1.0},
            "a top_k of 0": {"top_k": 0},
            "a negative top_k": {"top_k": -2},
            "a negative top_p": {"top_p": -0.5},
            "a top_p above 1": {"top_p": 1.01},
        },
    )


# ---- 07.18 TextGenerator


def assert_greedy(
    learner: Implementation,
    reference: Implementation,
    draw: Draw,
    given: Inputs,
    *batches: tuple[int, int],
    new: int,
) -> None:
    """One TextGenerator continues batches (rows, length) one after another, each as it should."""
    made = [clear_prompts(reference, draw, given, rows, length, new) for rows, length in batches]
    prompts = [batch for batch, _ in made]
    got = learner.run(scenarios.generate, **given, prompts=prompts, max_new_tokens=new, **GREEDY)
    want = {f"tokens of batch {n}": texts for n, (_, texts) in enumerate(made)}
    assert_parity(got, Result(got.call, want))


@check("07.18", points=2)
def test_greedy_text(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The prompt comes back with the likeliest token after it, then the likeliest after that one."""
    for positional in KINDS:
        for rows, length, new in ((12, 3, 4), (1, 1, 6), (5, 4, 1)):
            given = model(draw, positional=positional, n_layers=2)
            assert_greedy(learner, reference, draw, given, (rows, length), new=new)
    assert_greedy(
        learner, reference, draw, model(draw, tie_weights=True, n_layers=2), (6, 2), new=5
    )


@check("07.18", points=2)
def test_past_max_len(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Beyond max_len the model is fed the last max_len tokens; the whole text comes back."""
    for positional in KINDS:
        for length, new in ((3, MAX_LEN + 3), (MAX_LEN, 3), (MAX_LEN + 3, 4)):
            given = model(draw, positional=positional, n_layers=2)
            assert_greedy(learner, reference, draw, given, (8, length), new=new)


@check("07.18", points=1)
def test_several_calls(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """One TextGenerator can be used again, for prompts of any number and length."""
    given = model(draw, n_layers=2)
    assert_greedy(learner, reference, draw, given, (6, 3), new=3)
    batches = ((6, 3), (6, 3), (2, 5), (6, 2), (1, 9), (6, 4))
    assert_greedy(learner, reference, draw, given, *batches, new=3)


@check("07.18", points=2)
def test_model_as_it_was(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """It writes in evaluation mode and without gradients; the prompt and the model, its mode and its
    gradients are then as they were."""
    for training in (True, False):
        given = model(draw, dropout=1.0)
        prompts, texts = clear_prompts(reference, draw, given, 6, 3, 6)
        inputs = {
            **given,
            "tokens": prompts,
            "training": training,
            "cotangent": draw.floats(*prompts.shape, V),
            "max_new_tokens": 6,
            **GREEDY,
        }
        got = learner.run(scenarios.generate_with_care, **inputs)
        want = reference.run(scenarios.generate_with_care, **inputs)
        assert_parity(got, Result(want.call, {**want.tensors, "tokens": texts}))


@check("07.18", points=1)
def test_after_an_error(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The model is in the mode that it was in, also after it refused the ids of a prompt."""
    for training in (True, False):
        given = model(draw, dropout=1.0)
        prompts, texts = clear_prompts(reference, draw, given, 4, 3, 3)
        wrong = prompts.copy()
        wrong[1, 2] += V
        inputs = {**given, "tokens": prompts, "wrong": wrong, "training": training}
        inputs |= {"max_new_tokens": 3, **GREEDY}
        got = learner.run(scenarios.generate_after_an_error, **inputs)
        want = reference.run(scenarios.generate_after_an_error, **inputs)
        assert_parity(got, Result(want.call, {**want.tensors, "tokens after an error": texts}))


@check("07.18", points=2)
def test_settings(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """What the call leaves open is as in the config; what it states counts, also 0 and False."""
    given = model(draw)
    prompts, texts = clear_prompts(reference, draw, given, 6, 2, 5)

    runs: list[tuple[int, dict[str, Any] | None, dict[str, Any]]] = []  # number, config, call
    for likeliest in LIKELIEST:
        runs.append((4, {"max_new_tokens": 4, **likeliest}, {}))
        runs.append((3, {"max_new_tokens": 1}, {"max_new_tokens": 3, **likeliest}))
    runs.append((0, {"max_new_tokens": 4}, {"max_new_tokens": 0}))
    runs.append((5, None, {"max_new_tokens": 5, "top_k": 1}))
    for new, settings, stated in runs:
        inputs = {**given, "prompts": [prompts], "settings": settings, **stated}
        got = learner.run(scenarios.generate, **inputs)
        assert_parity(got, Result(got.call, {"tokens of batch 0": texts[:, : 2 + new]}))
    got = learner.run(scenarios.generate, **given, prompts=[prompts], top_k=1)
    tokens = got["tokens of batch 0"]
    require(tokens.shape == (6, 52), "without a config there are not 50 new tokens", got)
    require((tokens[:, :7] == texts).all(), "without a config the text is another", got)


@check("07.18", points=1)
def test_config_after_a_call(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """A call does not change the config: the next call goes by it again."""
    given = model(draw)
    prompts, texts = clear_prompts(reference, draw, given, 6, 2, 5)
    settings = {"max_new_tokens": 2, "top_k": 1}
    stated = {"max_new_tokens": 5, "temperature": 0.7, "top_k": 9, "top_p": 0.9, "do_sample": False}
    inputs = {**given, "tokens": prompts, "settings": settings, **stated}
    got = learner.run(scenarios.generate_by_config_after_a_call, **inputs)
    fields = [[0, 2], [0, 1], [0, 1], [1, 0], [0, 1], [1, 0], [1, 0]]  # None or not, and number
    want = {
        "tokens by config": texts[:, :4],
        "tokens by call": texts,
        "tokens by config after it": texts[:, :4],
        "config after it": np.array(fields, dtype=float),
    }
    assert_parity(got, Result(got.call, want))


@check("07.18", points=1)
def test_range(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A number of tokens, a temperature, top_k or top_p out of range is a ValueError."""
    given = model(draw)
    prompts, _ = clear_prompts(reference, draw, given, 3, 4, 2)
    good = {**given, "tokens": prompts, "max_new_tokens": 2, "top_k": 1}
    assert_refuses(
        learner,
        reference,
        scenarios.generate_in_chosen_calls,
        draw=draw,
        good=[good, good | {"max_new_tokens": 0}, good | {"top_p": 1.0, "temperature": 0.1}],
        bad={
            "a negative number of tokens": good | {"max_new_tokens": -1},
            "a temperature of 0": good | {"temperature": 0.0},
            "a negative temperature": good | {"temperature": -1.0},
            "a negative top_k": good | {"top_k": -1},
            "a negative top_p": good | {"top_p": -0.5},
            "a top_p above 1": good | {"top_p": 1.5},
        },
    )
