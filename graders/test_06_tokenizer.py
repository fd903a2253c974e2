"""Checks of module 06, ``training/dataset.py``: the tokenizer, judged by what it gives back."""

from __future__ import annotations

from typing import Any

import numpy as np

from .calls import Implementation, Result
from .check import check
from .compare import assert_parity, assert_refuses, require
from .inputs import Array, Draw
from .scenarios import tokenizer as scenarios
from .training_data_inputs import LETTERS, text_of

# what gets lost in files, and what takes one, two, three and four bytes in UTF-8
RARE = "\r\n\t \"'\\,0é߿ж日\ufeff\u2028🙂"


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
