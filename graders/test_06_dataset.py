"""Checks of module 06, ``training/dataset.py``: windows and batches in closed form.

What is expected is computed here, from the tokens. The tokens of a text all differ wherever windows
come in a random order, so that each is known by its first one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, require
from .inputs import Array, Draw
from .outcomes import RefusalCode
from .scenarios import training_data as scenarios

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# what gets lost in files, and what takes one, two, three and four bytes in UTF-8
RARE = "\r\n\t \"'\\,0é߿ж日\ufeff\u2028🙂"

# ---- 06.5 CharTokenizer


def text_of(draw: Draw, characters: str, length: int) -> str:
    """A random text in which each of these characters stands at least once."""
    more = [characters[i] for i in draw.integers(0, len(characters), length - len(characters))]
    return "".join(draw.shuffled([*characters, *more]))


def assert_numbered(got: Result, ids: str, text: str) -> dict[str, int]:
    """``ids`` gives each character of ``text`` one number, 0 to V - 1, the same everywhere."""
    found = got[ids]
    require(found.shape == (len(text),), f"{len(text)} characters gave {found.size} ids", got)
    number = dict(zip(text, found.tolist(), strict=True))
    require(
        found.tolist() == [number[character] for character in text],
        "one character has two different ids",
        got,
    )
    wanted = [*range(len(number))]
    require(
        sorted(number.values()) == wanted,
        f"the ids of {len(wanted)} characters are not the numbers 0 to {len(wanted) - 1}",
        got,
    )
    return number


def code_points(text: str) -> Array:
    return np.array([ord(character) for character in text], dtype=np.int64)


@check("06.5", points=2)
def test_ids(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The characters of the text have the ids 0 to V - 1; vocab_size is V; each tokenizer has its own."""
    letters = "".join(draw.shuffled(LETTERS)[:17])
    one, other = text_of(draw, letters[:11], 40), text_of(draw, letters[5:], 30)
    got = learner.run(scenarios.encode, fitted=one, texts=[one, one[7:3:-1], one[3] * 3])
    number = assert_numbered(got, "ids of text 0", one)
    for n, text in ((1, one[7:3:-1]), (2, one[3] * 3)):
        require(
            got[f"ids of text {n}"].tolist() == [number[character] for character in text],
            "the same character has another id in another text",
            got,
        )
    got = learner.run(scenarios.two_tokenizers, one=one, other=other)
    for name, text in (("one", one), ("the other", other)):
        assert_numbered(got, f"ids of {name}", text)
        assert_parity(got, Result(got.call, {f"size of {name}": np.array(len({*text}))}))


@check("06.5", points=1)
def test_decode(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """decode(encode(text)) is the text, whatever characters it is made of."""
    characters = LETTERS[:5] + RARE
    fitted = text_of(draw, characters, 60)
    texts = [fitted, f" \n{text_of(draw, characters, 45)}\t\r\n", characters[::-1], "", RARE[-1]]
    got = learner.run(scenarios.decode, fitted=fitted, texts=texts)
    want = {f"text {n}, decoded": code_points(text) for n, text in enumerate(texts)}
    assert_parity(got, Result(got.call, want))


@check("06.5", points=1)
def test_unknown(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A character that has no id, and an id that no character has, are a ValueError."""
    letters = "".join(draw.shuffled(LETTERS))
    known, unknown = letters[:9], letters[9:]
    text = text_of(draw, known, 12)

    def encoded(text: str) -> dict[str, Any]:
        return {"fitted": known, "text": text}

    def decoded(text: str, *further: int) -> dict[str, Any]:
        return encoded(text) | {"further": [*further]}

    assert_refuses(
        learner,
        reference,
        scenarios.encode_in_chosen_calls,
        draw=draw,
        good=[encoded(text), encoded(known)],
        bad={
            "an unknown character at the end": encoded(text + unknown[0]),
            "an unknown character within": encoded(text[:5] + unknown[1] + text[5:]),
            "a capital where only small letters are known": encoded(text[0].upper()),
        },
    )
    assert_refuses(
        learner,
        reference,
        scenarios.decode_in_chosen_calls,
        draw=draw,
        good=[decoded(text), decoded(known[0] * 3, 0) | {"fitted": known[0]}],
        bad={
            "the id V": decoded(text, len(known)),
            "the id -1": decoded(text, -1),
            "an id far beyond": decoded("", 999, 0),
        },
    )


@check("06.5", points=2)
def test_files(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A tokenizer that was saved and loaded gives the same ids; its file is UTF-8, all others are
    a ValueError."""
    # many: a set of as many rarely has the same order when it is made again
    many = LETTERS + LETTERS.upper() + RARE
    for characters, as_text in ((LETTERS[:7], True), (many, False)):
        fitted = text_of(draw, characters, 2 * len(characters))
        got = learner.run(scenarios.encode, fitted=fitted, texts=[characters])
        assert_numbered(got, "ids of text 0", characters)
        given = {"fitted": fitted, "text": characters, "as_text": as_text}
        got = learner.run(scenarios.save_and_load, **given)
        assert_numbered(got, "ids before", characters)
        want = {
            "ids after": got["ids before"],
            "size after": np.array(len(characters)),
            "decoded after": code_points(characters),
        }
        assert_parity(got, Result(got.call, want))
        require(_is_utf8(got["file"]), "the file is not UTF-8", got)
    good = {"fitted": text_of(draw, LETTERS[:9], 12), "content": None}
    assert_refuses(
        learner,
        reference,
        scenarios.load_in_chosen_calls,
        draw=draw,
        good=[good, good | {"fitted": "ab"}],
        bad={
            "a file that is not UTF-8": good | {"content": [0x80, 0x61, 0xC3]},
            "a file cut off within a character": good | {"content": [0x22, 0x61, 0xE6, 0x97]},
        },
    )


def _is_utf8(content: Array) -> bool:
    try:
        content.astype(np.uint8).tobytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


# ---- 06.6 TextDataset


def cut(tokens: Sequence[int] | Array, seq_len: int, stride: int | None = None) -> Array:
    """All windows of T + 1 tokens that are there in full, int64[n, T + 1]."""
    starts = range(0, len(tokens) - seq_len, stride or seq_len)
    return np.array([tokens[s : s + seq_len + 1] for s in starts], dtype=np.int64)


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


# ---- 06.7 create_data_loaders


def distinct(draw: Draw, length: int) -> Array:
    """Tokens that all differ, in a random order."""
    return np.array(draw.shuffled(range(length)))


def in_batches(rows: Array, batch_size: int, name: str) -> dict[str, Array]:
    """What one pass through a loader gives, in the order of ``rows``."""
    sizes = [len(rows[s : s + batch_size]) for s in range(0, len(rows), batch_size)]
    parts = {f"{name} input": rows[:, :-1], f"{name} target": rows[:, 1:]}
    return {**parts, f"{name} sizes": np.array(sizes)}


@check("06.7", points=2)
def test_train_batches(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """One pass gives every training window of this stride once, the last batch smaller if need be."""
    tokens, val = distinct(draw, 54), distinct(draw, 20)
    for stride, batch_size in ((3, 5), (None, 4), (7, 3), (1, 64)):
        given = {"train_tokens": tokens if stride else tokens.tolist(), "val_tokens": val}
        given |= {"seq_len": 4, "batch_size": batch_size}
        got = learner.run(scenarios.passes, **given, stride=stride)
        rows = cut(tokens, 4, stride)
        want = in_batches(rows[rows[:, 0].argsort()], batch_size, "train")
        assert_parity(got, Result(got.call, want))
    got = learner.run(scenarios.worker_counts, **given, num_workers=1)
    assert_parity(got, Result(got.call, {name: np.array(1) for name in got.tensors}))


@check("06.7", points=2)
def test_val_batches(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Validation windows come in order, all of them, without overlap; without tokens there is None."""
    tokens, val = distinct(draw, 32), draw.integers(0, 50, 47)
    for stride in (None, 1, 3):
        given = {"train_tokens": tokens, "seq_len": 4, "batch_size": 3, "stride": stride}
        kind = val if stride else val.tolist()
        got = learner.run(scenarios.passes, val_tokens=kind, **given)
        want = in_batches(cut(val, 4), 3, "val")
        assert_parity(got, Result(got.call, want | {f"{n}, again": t for n, t in want.items()}))
    got = learner.run(scenarios.passes, val_tokens=None, **given)
    rows = cut(tokens, 4, 3)
    want = in_batches(rows[rows[:, 0].argsort()], 3, "train")
    assert_parity(got, Result(got.call, want))
    require("val input" not in got.tensors, "without val_tokens there is a second loader", got)


@check("06.7", points=2)
def test_shuffled(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Training windows come in a new random order in each pass; equal seeds of torch, equal orders."""
    tokens, count, passes = distinct(draw, 25), 23, 12
    given = {"train_tokens": tokens, "val_tokens": None, "seq_len": 2, "batch_size": 4, "stride": 1}
    got = learner.run(scenarios.train_orders, seeds=[5, 6, 5], passes=passes, **given)
    place = np.argsort(tokens)  # of each token: the number of the window that begins with it
    orders = [got[f"orders of run {run}"] for run in range(3)]
    for order in orders:
        require(order.shape == (passes, count), f"a pass has not {count} windows", got)
        require(
            (np.sort(place[order], axis=1) == np.arange(count)).all(),
            "a pass leaves out a window, or has one twice",
            got,
        )
        require(len({*map(tuple, order)}) == passes, "two passes have the same order", got)
    require(
        np.array_equal(orders[0], orders[2]),
        "after equal seeds of torch, the orders differ: they come from elsewhere",
        got,
    )
    found = place[np.concatenate(orders[:2])]
    # 45.9 pairs on the mean, with a spread of 6.6, and a way of 7.65, with a spread of 0.22
    pairs = int((np.abs(np.diff(found, axis=1)) == 1).sum())
    require(pairs < 100, f"{pairs} neighbours stayed neighbours, expected about 46", got)
    way = float(np.abs(found - np.arange(count)).mean())
    require(way > 6.0, f"windows moved by {way:.1f} places on the mean, expected about 7.6", got)


@check("06.7", points=1)
def test_loaders_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Too few tokens for one window, and batches of no window, are a ValueError."""
    tokens = distinct(draw, 30)

    def call(length: int = 30, val: int = 20, **changes: Any) -> dict[str, Any]:
        texts = {"train_tokens": tokens[:length], "val_tokens": tokens[:val]}
        return {**texts, "seq_len": 6, "batch_size": 4, "stride": 2, **changes}

    assert_refuses(
        learner,
        reference,
        scenarios.loaders_in_chosen_calls,
        draw=draw,
        good=[call(), call(7, 7), call(val_tokens=None)],
        bad={
            "too few tokens to train on": call(6),
            "too few tokens to validate on": call(30, 6),
            "a batch size of 0": call(batch_size=0),
            "a stride of 0": call(stride=0),
        },
    )
