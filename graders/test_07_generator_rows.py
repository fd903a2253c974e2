"""Checks of module 07, ``sampling/generator.py``: every row on its own, where it ends, what it draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation, Result
from .chance import assert_drawn_from
from .check import check
from .compare import assert_parity, require
from .generator_inputs import GREEDY, LIKELIEST, V, clear_prompts, ended, lively_texts, model
from .inputs import Array, Draw
from .model_inputs import MAX_LEN, Inputs
from .sampling_inputs import chances_of
from .scenarios import generator as scenarios
from .scenarios import model as model_scenarios

TEMPERATURE = 0.5
NEW = 6  # tokens, where some rows are to end before others

# ---- 07.18 TextGenerator, the end of a text


def assert_padded(got: Result, name: str, want: Array, padding: int) -> None:
    """``got[name]`` is ``want``, with any number of columns of padding after it."""
    require(name in got.tensors, f"`{name}` is missing", got)
    found = got[name]
    if found.ndim == want.ndim and found.shape[-1] > want.shape[-1]:
        beyond = found[..., want.shape[-1] :]
        require(
            (beyond == padding).all(),
            f"`{name}` goes on after its longest text with other ids than {padding}",
            got,
        )
        found = found[..., : want.shape[-1]]
    assert_parity(Result(got.call, {**got.tensors, name: found}), Result(got.call, {name: want}))


def assert_ends(
    learner: Implementation,
    given: Inputs,
    texts: Array,
    length: int,
    eos: int,
    padding: int | None = None,
    by_config: bool = False,
) -> None:
    """Greedy texts, if there are any, end at ``eos``, row by row.

    ``padding`` is stated in the config, or left open.
    """
    if not len(texts):
        return
    settings: dict[str, Any] = {} if padding is None else {"pad_token_id": padding}
    stated = {} if by_config else {"eos_token_id": eos}
    if by_config:
        settings["eos_token_id"] = eos
    filled = eos if padding is None else padding
    got = learner.run(
        scenarios.generate,
        **given,
        prompts=[texts[:, :length]],
        settings=settings,
        max_new_tokens=texts.shape[1] - length,
        **stated,
        **GREEDY,
    )
    assert_padded(got, "tokens of batch 0", ended(texts, length, eos, filled), filled)


@check("07.18", points=2)
def test_end_of_text(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A row ends with its first EOS and is filled with padding, which is EOS if none is stated, while
    other rows go on."""
    for length, eos in ((3, V - 1), (MAX_LEN - 2, 0)):
        given, texts = lively_texts(reference, draw, model(draw), length, NEW, eos)
        texts = texts[~(texts[:, :length] == eos).any(axis=1)]
        ends = (texts[:, length:-1] == eos).any(axis=1)
        for rows in (texts, texts[ends][:1], texts[~ends][:2]):
            assert_ends(learner, given, rows, length, eos)
        often = np.bincount(texts[:, length:].ravel(), minlength=V)
        often[eos] = -1
        assert_ends(learner, given, texts, length, eos, padding=int(often.argmax()))
        assert_ends(learner, given, texts, length, eos, padding=V - 1 - eos, by_config=True)


@check("07.18", points=1)
def test_end_in_prompt(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """EOS and padding are text like any other where they stand in a prompt."""
    length = 4
    given, texts = lively_texts(reference, draw, model(draw), length, NEW, eos=7)
    last = int(np.bincount(texts[:, length - 1]).argmax())  # an id that ends several prompts
    for eos in (7, last):
        inside = (texts[:, :length] == eos).any(axis=1)
        padding = int(texts[0, 0]) if texts[0, 0] != eos else (eos + 1) % V
        assert_ends(learner, given, texts, length, eos, padding)
        assert_ends(learner, given, texts[inside], length, eos)


# ---- 07.18 TextGenerator, prompts of different lengths


@check("07.18", points=3)
def test_batch(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Prompts of different lengths each go on as they would alone, and come back in their order."""
    kinds = (("sinusoidal", 3, LIKELIEST[:2]), ("learned", MAX_LEN, LIKELIEST[2:]))
    for positional, new, settings in kinds:
        given = model(draw, positional=positional, n_layers=2)
        texts = [
            text
            for rows, length in ((3, 3), (2, 1), (2, MAX_LEN + 2), (1, 5), (2, MAX_LEN))
            for text in clear_prompts(reference, draw, given, rows, length, new)[1]
        ]
        texts = draw.shuffled(texts)
        prompts = [text[:-new] for text in texts]
        want = {f"text {n}": text for n, text in enumerate(texts)}
        want["prompts after the call"] = np.concatenate(prompts)
        for stated in settings:
            inputs = {**given, "prompts": prompts, "max_new_tokens": new, **stated}
            got = learner.run(scenarios.generate_batch, **inputs)
            assert_parity(got, Result(got.call, want))


@check("07.18", points=1)
def test_batch_ends(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """In a batch of different lengths, too, each text ends with its own EOS, by config or call."""
    for eos, padding in ((0, None), (4, 0)):
        given, texts = lively_texts(reference, draw, model(draw), 3, NEW, eos)
        inside = (texts[:, :3] == eos).any(axis=1)
        rows = [*texts[inside][:4], *texts[~inside][:6]]
        for length in (1, 5):
            rows += [*clear_prompts(reference, draw, given, 4, length, NEW)[1]]
        rows = draw.shuffled(rows)
        settings: dict[str, Any] = {} if padding is None else {"pad_token_id": padding}
        stated = {"eos_token_id": eos} if padding is None else {}
        settings |= {} if stated else {"eos_token_id": eos}
        inputs = {**given, "prompts": [row[:-NEW] for row in rows], "settings": settings}
        inputs |= {"max_new_tokens": NEW, **GREEDY, **stated}
        got = learner.run(scenarios.generate_batch, **inputs)
        filled = eos if padding is None else padding
        for number, row in enumerate(rows):
            want = ended(row[None], len(row) - NEW, eos, filled)[0]
            assert_padded(got, f"text {number}", want, filled)


# ---- 07.18 TextGenerator, draws


def middle_p(chances: Array) -> float:
    """A p that the three likeliest tokens reach, and the two likeliest do not."""
    reached = np.sort(chances)[::-1].cumsum()
    return float(reached[1:3].mean())


def telling_prompt(reference: Implementation, draw: Draw, given: Inputs) -> tuple[Array, Array]:
    """A prompt [1, 3] whose next token tells temperatures apart, and its logits [1, V]."""
    prompts = draw.integers(0, V, 24, 3)
    run = reference.run(model_scenarios.logits_of_each, **given, texts=[prompts])
    last = run["logits of batch 0"][:, -1]
    once = chances_of(reference, last, TEMPERATURE)
    others = [chances_of(reference, last, other) for other in (1.0, TEMPERATURE**2)]
    apart = np.min([np.abs(once - other).sum(axis=1) for other in others], axis=0)
    best = int(apart.argmax())
    return prompts[best : best + 1], last[best : best + 1]


@check("07.18", points=2)
def test_draws(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Tokens are drawn for each row on its own, with the chances that temperature, top_k and top_p
    leave them at the last position, stated in the call or in the config."""
    given = model(draw)
    prompt, last = telling_prompt(reference, draw, given)
    p = middle_p(chances_of(reference, last, 2.0, top_k=9)[0])
    by_call: dict[str, Any]
    for rows, settings, by_call in (
        (160, {}, {}),
        (512, {"do_sample": False}, {"do_sample": True, "temperature": TEMPERATURE}),
        (160, {"top_k": 4}, {}),
        (160, {"temperature": 0.01}, {"temperature": 1.0, "top_k": 9}),
        (160, {"temperature": 2.0, "top_k": 9}, {"top_p": p}),
    ):
        got = learner.run(
            scenarios.generate_often,
            **given,
            prompt=prompt,
            rows=rows,
            settings=settings,
            max_new_tokens=1,
            **by_call,
        )
        require(got["tokens"].shape == (rows, 4), "`tokens` has the wrong shape", got)
        require((got["tokens"][:, :3] == prompt).all(), "the prompt has changed", got)
        filters: dict[str, Any] = {**settings, **by_call}
        filters.pop("do_sample", None)
        chances = chances_of(reference, last, **filters)[0]
        assert_drawn_from(chances, got["tokens"][:, -1], got, "what is left at the last position")


@check("07.18", points=1)
def test_batch_draws(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """In a batch of different lengths each text is drawn with the chances that it would have alone."""
    given = model(draw)
    prompts = [draw.integers(0, V, length) for length in (2, MAX_LEN + 1, 5)]
    texts = [prompt[None, -MAX_LEN:] for prompt in prompts]
    logits = reference.run(model_scenarios.logits_of_each, **given, texts=texts)
    got = learner.run(
        scenarios.next_tokens_of_batch, **given, prompts=prompts, copies=128, temperature=0.5
    )
    for number in range(len(prompts)):
        last = logits[f"logits of batch {number}"][:, -1]
        tokens = got[f"tokens after prompt {number}"]
        require(tokens.shape == (128,), "the tokens have the wrong shape", got)
        law = f"the distribution after prompt {number} alone"
        assert_drawn_from(chances_of(reference, last, 0.5)[0], tokens, got, law)


@check("07.18", points=1)
def test_seeds(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """All chance comes from the generator, where one is given: equal seeds give equal texts."""
    given = model(draw)
    prompts = [draw.integers(0, V, length) for length in (2, 4, 2, 9)]
    inputs = {**given, "tokens": draw.integers(0, V, 8, 3), "prompts": prompts}
    inputs |= {"seeds": [5, 6, 5], "max_new_tokens": 5, "temperature": 3.0}
    got = learner.run(scenarios.generate_with_seeds, **inputs)
    for name in ("tokens", "texts"):
        one, other, again = (got[f"{name} of run {n}"] for n in range(3))
        require(np.array_equal(one, again), f"equal seeds gave different {name}", got)
        require(not np.array_equal(one, other), f"other seeds gave the same {name}", got)
    require(got["tokens of run 0"].shape == (8, 8), "`tokens of run 0` has the wrong shape", got)
    require(got["texts of run 0"].shape == (37,), "the texts have the wrong lengths", got)
