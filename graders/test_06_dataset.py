"""Checks of module 06, ``training/dataset.py``: windows in closed form, computed here from the tokens."""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, require
from .inputs import Array, Draw
from .outcomes import RefusalCode
from .scenarios import training_data as scenarios
from .training_data_inputs import LETTERS, cut, text_of


def expected(rows: Array) -> dict[str, Array]:
    """What ``scenarios.windows`` gives for these."""
    found: dict[str, Array] = {"length": np.array(len(rows))}
    for n, row in enumerate(rows):
        found |= {f"input of window {n}": row[:-1], f"target of window {n}": row[1:]}
    return found


def assert_windows(got: Result, rows: Array) -> None:
    length = got.tensors.get("length")
    if length is not None and length != len(rows):
        require(False, f"there are {length} windows, expected {len(rows)}", got)
    assert_parity(got, Result(got.call, expected(rows)))


@check("06.6", points=2)
def test_windows(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Window i begins at token i * stride; its target is the same tokens, one place further on."""
    for length, seq_len, stride in ((23, 5, 3), (24, 5, 2), (25, 4, 7)):
        tokens = draw.shuffled(range(100, 100 + length))
        given = {"tokens": tokens, "seq_len": seq_len, "stride": stride}
        assert_windows(learner.run(scenarios.windows, **given), cut(tokens, seq_len, stride))


@check("06.6", points=2)
def test_counts(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """All full windows are there, the last one included, and none that is short."""
    # an exact fit, one token more, one less, for strides below, at and above T
    for length, seq_len, stride in (
        (17, 6, 1),
        (9, 8, 3),
        (10, 8, 1),
        *((length, 5, stride) for stride in (2, 5, 6) for length in (17, 18, 19, 23, 24, 25)),
    ):
        tokens = draw.integers(0, 50, length).tolist()
        given = {"tokens": tokens, "seq_len": seq_len, "stride": stride}
        assert_windows(learner.run(scenarios.windows, **given), cut(tokens, seq_len, stride))


@check("06.6", points=1)
def test_default_stride(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Without a stride, windows follow one another without overlap; stride=None is the same."""
    for length, seq_len in ((25, 4), (24, 4), (26, 1)):
        tokens = draw.integers(0, 50, length)
        for given in ({"tokens": tokens}, {"tokens": tokens.tolist(), "stride": None}):
            got = learner.run(scenarios.windows, **given, seq_len=seq_len)
            assert_windows(got, cut(tokens, seq_len))


@check("06.6", points=1)
def test_kinds_of_tokens(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Tokens may be a list or a tensor of any integers, also a view; windows are int64."""
    tokens = draw.integers(0, 100, 19)
    got = learner.run(scenarios.windows, tokens=tokens.tolist(), seq_len=6, stride=4)
    assert_windows(got, cut(tokens, 6, 4))
    for kind in ("int64", "int32", "uint8"):
        for spread in (False, True):
            given = {"tokens": tokens.astype(kind), "seq_len": 6, "stride": 4, "spread": spread}
            assert_windows(learner.run(scenarios.windows, **given), cut(tokens, 6, 4))


@check("06.6", points=1)
def test_index(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Beyond the last window there is an IndexError; -1 is the last window, or an IndexError too."""
    tokens = draw.shuffled(range(30))
    dataset = {"tokens": tokens, "seq_len": 4, "stride": 3}
    rows = cut(tokens, 4, 3)
    n = len(rows)
    assert_refuses(
        learner,
        reference,
        scenarios.window_in_chosen_calls,
        draw=draw,
        good=[dataset | {"index": index} for index in (0, n // 2, n - 1)],
        bad={f"the index {index}": dataset | {"index": index} for index in (n, n + 1, -n - 1)},
        allowed=(RefusalCode.INDEX_ERROR,),
    )
    indices = draw.shuffled([-1, -2, -n])
    calls = [dataset | {"index": index} for index in indices]
    got = learner.run(scenarios.window_in_chosen_calls, calls=calls)
    for number, index in enumerate(indices):
        if got["refused"][number] == RefusalCode.INDEX_ERROR:
            continue
        pair = {"input": rows[index][:-1], "target": rows[index][1:]}
        want = {f"{name} of call {number}": part for name, part in pair.items()}
        assert_parity(got, Result(got.call, want))


@check("06.6", points=2)
def test_from_text_file(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The whole file is read, as UTF-8, and encoded by the tokenizer as it is."""
    characters = "".join(draw.shuffled(LETTERS[:9] + " \n\té日🙂"))
    text = f"\n {text_of(draw, characters, 37)}\n"
    tokens = [characters.index(character) for character in text]
    for as_text, stride in ((False, None), (True, 3)):
        given = {"text": text, "characters": characters, "as_text": as_text, "seq_len": 5}
        got = learner.run(scenarios.windows_of_file, **given, stride=stride)
        assert_windows(got, cut(tokens, 5, stride))
    good = {"text": text, "characters": characters, "seq_len": 5}
    assert_refuses(
        learner,
        reference,
        scenarios.windows_of_file_in_chosen_calls,
        draw=draw,
        good=[good, good | {"seq_len": len(text) - 1}],
        bad={
            "a character that the tokenizer does not know": good | {"text": f"{text}z{text}"},
            "a file too short for one window": good | {"text": text[:5]},
        },
    )


@check("06.6", points=1)
def test_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Fewer than seq_len + 1 tokens, and a seq_len or stride below 1, are a ValueError."""
    tokens = draw.integers(0, 50, 12)

    def call(length: int, seq_len: int, stride: int | None = None) -> dict[str, Any]:
        return {"tokens": tokens[:length].tolist(), "seq_len": seq_len, "stride": stride}

    assert_refuses(
        learner,
        reference,
        scenarios.windows_in_chosen_calls,
        draw=draw,
        good=[call(12, 11), call(2, 1), call(6, 5, 9), call(12, 1, 1)],
        bad={
            "as many tokens as a window, and none to predict": call(11, 11),
            "fewer tokens than a window": call(4, 6),
            "no tokens": call(0, 1),
            "one token": call(1, 1, 1),
            "windows of length 0": call(12, 0, 2),
            "windows of length -1": call(12, -1, 2),
            "a stride of 0": call(12, 4, 0),
            "a stride of -9": call(12, 4, -9),
        },
    )
