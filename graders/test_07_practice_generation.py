"""Checks of module 07, ``practice/generation.py``: from one token to texts of many lengths."""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, assert_same_runs
from .inputs import Draw
from .practice_sampling_inputs import B, T, V, logits
from .scenarios import practice_generation as scenarios

Given = dict[str, Any]

# ---- 07.19 pad_after_eos


@check("07.19", points=2)
def test_padded_rows(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each row keeps its first EOS and all before it, and is filled with pad after it."""
    few = {"tokens": draw.integers(0, 4, 12, 9), "prompt_length": 0}
    runs = [few | {"eos": eos, "pad": pad} for eos, pad in ((3, 7), (0, 90), (2, 2), (1, 0))]
    never = few | {"eos": 50, "pad": 0}
    one = {"tokens": draw.integers(0, 2, 1, 6), "prompt_length": 0, "eos": 1, "pad": 5}
    assert_same_runs(learner, reference, scenarios.pad_after_eos, *runs, never, one)


@check("07.19", points=1)
def test_padded_prompts(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """An EOS inside the prompt ends nothing, and the prompt stays."""
    given = {"tokens": draw.integers(0, 4, 12, 9), "eos": 3, "pad": 8}
    runs = [given | {"prompt_length": length} for length in (4, 1, 8, 9)]
    assert_same_runs(learner, reference, scenarios.pad_after_eos, *runs)


@check("07.19", points=1)
def test_padded_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A prompt longer than the row, or of negative length, is a ValueError."""
    given = {"tokens": draw.integers(0, 4, B, T), "eos": 3, "pad": 8}
    assert_refuses(
        learner,
        reference,
        scenarios.pad_after_eos_in_chosen_calls,
        draw=draw,
        good=[given | {"prompt_length": length} for length in (0, 2, T)],
        bad={
            f"a prompt_length of {length}, of {T}": given | {"prompt_length": length}
            for length in (T + 1, -1)
        },
    )


# ---- 07.20 temperature_schedule


@check("07.20", points=1)
def test_schedule_linear(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A line from start at the first step to end at the last, up or down; linear is the default."""
    runs = [
        {"start": start, "end": end, "n_steps": steps}
        for start, end, steps in ((1.0, 0.25, 7), (0.5, 2.0, 4), (1.5, 0.7, 2), (1.25, 0.5, 1))
    ]
    named = runs[0] | {"shape": "linear"}
    assert_same_runs(learner, reference, scenarios.temperature_schedule, *runs, named)


@check("07.20", points=1)
def test_schedule_cosine(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Half a wave of the cosine from start at the first step to end at the last, up or down."""
    runs = [
        {"start": start, "end": end, "n_steps": steps, "shape": "cosine"}
        for start, end, steps in ((1.0, 0.25, 7), (0.5, 2.0, 4), (1.5, 0.7, 3), (1.25, 0.5, 1))
    ]
    assert_same_runs(learner, reference, scenarios.temperature_schedule, *runs)


@check("07.20", points=1)
def test_schedule_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """No steps, temperatures that are not above 0, or another shape are a ValueError."""
    given: Given = {"start": 1.5, "end": 0.25, "n_steps": 5}
    assert_refuses(
        learner,
        reference,
        scenarios.temperature_schedule_in_chosen_calls,
        draw=draw,
        good=[given, given | {"n_steps": 1}, given | {"shape": "cosine"}],
        bad={
            "no steps": given | {"n_steps": 0},
            "less than no steps": given | {"n_steps": -2},
            "a start of 0": given | {"start": 0.0},
            "a negative start": given | {"start": -1.5},
            "an end of 0": given | {"end": 0.0},
            "a negative end": given | {"end": -0.25},
            "another shape": given | {"shape": "square"},
        },
    )


# ---- 07.21 left_pad


def ragged(draw: Draw, *lengths: int) -> list[Any]:
    return [draw.integers(0, 6, length) for length in lengths]


def assert_same_part(
    learner: Implementation, reference: Implementation, draw: Draw, part: str
) -> None:
    """One of the results of left_pad, and the prompts after it, agree with the reference."""
    for lengths in ((2, 5, 3, 1), (4, 4), (1,), (6, 1, 2)):
        inputs = {"prompts": ragged(draw, *lengths), "pad": int(draw.integers(0, 9, 1)[0])}
        got, want = (
            learner.run(scenarios.left_pad, **inputs),
            reference.run(scenarios.left_pad, **inputs),
        )
        kept = {n: a for n, a in want.tensors.items() if n == part or n.startswith("prompt")}
        assert_parity(got, Result(want.call, kept))


@check("07.21", points=1)
def test_left_padded(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """All prompts end in the last column, whole, with pad before the shorter ones."""
    assert_same_part(learner, reference, draw, "tokens")


@check("07.21", points=1)
def test_left_positions(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each prompt counts from 0 at its first token; padding has 0; pad may be text in a prompt."""
    assert_same_part(learner, reference, draw, "positions")


@check("07.21", points=1)
def test_left_mask(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A query may attend to tokens of its prompt that do not come after it, and to no padding."""
    assert_same_part(learner, reference, draw, "mask")


@check("07.21", points=1)
def test_left_pad_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """No prompts, or an empty one among them, is a ValueError."""
    assert_refuses(
        learner,
        reference,
        scenarios.left_pad_in_chosen_calls,
        draw=draw,
        good=[{"prompts": ragged(draw, 3, 1, 2), "pad": 7}, {"prompts": ragged(draw, 2), "pad": 0}],
        bad={
            "no prompts": {"prompts": [], "pad": 7},
            "an empty prompt among others": {"prompts": ragged(draw, 3, 0, 2), "pad": 7},
            "only an empty prompt": {"prompts": ragged(draw, 0), "pad": 7},
        },
    )


# ---- 07.22 complete

PLACES = 6


def story(draw: Draw, length: int, **more: Any) -> Given:
    """A prompt, and a table that makes the next token depend on every token before it."""
    given = {"table": draw.floats(PLACES, V, V), "prompt": draw.integers(0, V, length)}
    return given | {"max_new_tokens": 8, "max_len": 30} | more


@check("07.22", points=1)
def test_completed(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The whole prompt comes back with so many new tokens, each the most probable one."""
    runs = [story(draw, T), story(draw, 1, max_new_tokens=5), story(draw, 3, max_new_tokens=0)]
    ties = story(draw, 4)
    ties["table"] = np.round(ties["table"] / 2)
    assert_same_runs(learner, reference, scenarios.complete, *runs, ties)


@check("07.22", points=1)
def test_completed_window(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The model is given the last max_len tokens, or all where there are no more."""
    runs = [story(draw, length, max_len=most) for length, most in ((2, 4), (7, 5), (3, 1), (5, 5))]
    assert_same_runs(learner, reference, scenarios.complete, *runs)


@check("07.22", points=1)
def test_completed_eos(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The text ends with the first EOS that is added; one in the prompt ends nothing."""
    runs = []
    for length, at in ((4, 2), (2, 0), (3, 7)):
        given = story(draw, length)
        given["table"][:, :, 0] -= 99.0  # so that this EOS is not 0
        text = reference.run(scenarios.complete, **given)["text"]
        runs.append(given | {"eos": int(text[length + at])})
    for place, eos in ((2, 5), (-1, 0)):  # in the prompt, and never added
        given = story(draw, T, eos=eos)
        given["prompt"][place] = eos
        given["table"][:, :, eos] -= 99.0
        runs.append(given)
    runs.append(story(draw, T, eos=0))
    runs[-1]["table"][:, :, 0] += 99.0  # added at once
    assert_same_runs(learner, reference, scenarios.complete, *runs)


@check("07.22", points=1)
def test_completed_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A negative number of new tokens, or a max_len below 1, is a ValueError."""
    given = story(draw, T)
    assert_refuses(
        learner,
        reference,
        scenarios.complete_in_chosen_calls,
        draw=draw,
        good=[given, given | {"max_len": 1}, given | {"max_new_tokens": 0}],
        bad={
            "a negative number of tokens": given | {"max_new_tokens": -1},
            "a max_len of 0": given | {"max_len": 0},
            "a negative max_len": given | {"max_len": -2},
        },
    )


# ---- 07.23 text_log_probability


@check("07.23", points=1)
def test_text_scores(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each text adds up ln of the probability of its tokens, by the scores at the token before."""
    assert_same_runs(
        learner,
        reference,
        scenarios.text_log_probability,
        {"logits": logits(draw, 5, 5, 5), "tokens": draw.integers(0, 5, 5, 5)},
        {"logits": logits(draw, B, T, V), "tokens": draw.integers(0, V, B, T)},
        {"logits": logits(draw, 1, 2, V), "tokens": draw.integers(0, V, 1, 2)},
        {"logits": logits(draw, B, T, V, dtype="float32"), "tokens": draw.integers(0, V, B, T)},
    )


@check("07.23", points=1)
def test_text_scores_extremes(
    learner: Implementation, reference: Implementation, draw: Draw
) -> None:
    """Scores of ten thousand do not overflow, and the gradient is right."""
    inputs = {"logits": logits(draw, B, T, V), "tokens": draw.integers(0, V, B, T)}
    loud = inputs | {"logits": inputs["logits"] * 2500.0}
    assert_same_runs(learner, reference, scenarios.text_log_probability, loud)
    pulled = inputs | {"cotangent": draw.floats(B)}
    assert_same_runs(learner, reference, scenarios.text_log_probability_with_gradients, pulled)


@check("07.23", points=1)
def test_text_scores_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Tokens that do not fit the scores, or a single one, are a ValueError."""
    given = {"logits": logits(draw, B, T, V), "tokens": draw.integers(0, V, B, T)}
    pair = {"logits": logits(draw, 1, 2, V), "tokens": draw.integers(0, V, 1, 2)}
    assert_refuses(
        learner,
        reference,
        scenarios.text_log_probability_in_chosen_calls,
        draw=draw,
        good=[given, pair],
        bad={
            "a token too few": given | {"tokens": draw.integers(0, V, B, T - 1)},
            "tokens on their side": given | {"tokens": draw.integers(0, V, T, B)},
            "one row of tokens for all": given | {"tokens": draw.integers(0, V, 1, T)},
            "a single token": {
                "logits": logits(draw, B, 1, V),
                "tokens": draw.integers(0, V, B, 1),
            },
        },
    )
