"""Checks of module 06, ``practice/training_data.py``, 06.1 to 06.4: from a text to batches."""

from __future__ import annotations

from .calls import Implementation
from .check import check
from .compare import assert_refuses, assert_same_runs
from .inputs import Draw
from .scenarios import practice_training_data as scenarios

# ---- 06.1 sliding_windows


@check("06.1", points=2)
def test_pairs_of_windows(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Every window that fits is there, with the tokens after its inputs as targets."""
    runs = []
    for length, seq_len, stride in ((23, 5, 3), (18, 5, 3), (20, 5, 3), (14, 4, 4), (31, 3, 7)):
        sizes = {"seq_len": seq_len, "stride": stride}
        runs.append({"tokens": draw.integers(0, 90, length), **sizes})
    runs.append({"tokens": draw.integers(0, 90, 9), "seq_len": 1, "stride": 1})
    runs.append({"tokens": draw.integers(0, 90, 7), "seq_len": 6, "stride": 2})
    assert_same_runs(learner, reference, scenarios.sliding_windows, *runs)


@check("06.1", points=1)
def test_windows_refuse(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A seq_len or a stride below 1, and a text too short for one window, are a ValueError."""
    tokens = draw.integers(0, 90, 12)
    assert_refuses(
        learner,
        reference,
        scenarios.sliding_windows_in_chosen_calls,
        draw=draw,
        good=[
            {"tokens": tokens, "seq_len": 1, "stride": 12},
            {"tokens": tokens, "seq_len": 11, "stride": 1},
        ],
        bad={
            "a text one token too short": {"tokens": tokens, "seq_len": 12, "stride": 1},
            "a text far too short": {"tokens": tokens[:2], "seq_len": 5, "stride": 2},
            "a seq_len of 0": {"tokens": tokens, "seq_len": 0, "stride": 2},
            "a seq_len of -2": {"tokens": tokens, "seq_len": -2, "stride": 2},
            "a stride of 0": {"tokens": tokens, "seq_len": 4, "stride": 0},
            "a stride of -1": {"tokens": tokens, "seq_len": 4, "stride": -1},
        },
    )


# ---- 06.2 count_windows


@check("06.2", points=2)
def test_count_of_windows(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The count is right for any sizes, 0 where no window fits, and right for trillions."""
    sizes = [(23, 5, 3), (18, 5, 3), (20, 5, 3), (6, 5, 3), (9, 1, 1), (31, 3, 7)]
    sizes += [(5, 5, 1), (5, 5, 3), (2, 9, 2), (0, 1, 1)]
    sizes += [(10**12 + n, 1024, 7) for n in draw.integers(0, 7, 2).tolist()]
    sizes += [(int(n), 6, 4) for n in draw.integers(7, 60, 4)]
    names = ("n_tokens", "seq_len", "stride")
    assert_refuses(
        learner,
        reference,
        scenarios.count_windows,
        draw=draw,
        good=[dict(zip(names, given, strict=True)) for given in sizes],
        bad={
            f"a seq_len of {seq_len} and a stride of {stride}": {
                "n_tokens": 50,
                "seq_len": seq_len,
                "stride": stride,
            }
            for seq_len, stride in ((0, 3), (-1, 3), (5, 0), (5, -2))
        },
    )


# ---- 06.3 build_vocabulary

CHARACTERS = "az AZ\n\t.,'-05éßñ–€日本🙂"


@check("06.3", points=2)
def test_vocabulary(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """Each character has an id, the ids are 0 to V - 1, and follow the characters when sorted."""
    runs = []
    for size in (len(CHARACTERS), 9):
        chosen = draw.shuffled(CHARACTERS)[:size]
        rest = [chosen[i] for i in draw.integers(0, size, 60)]
        text = "".join(draw.shuffled([*chosen, *rest]))
        runs.append({"text": text, "characters": CHARACTERS})
    assert_same_runs(learner, reference, scenarios.build_vocabulary, *runs)


# ---- 06.4 split_tokens


@check("06.4", points=2)
def test_split(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """The end is for validation, its length rounded down; the rest is for training, in order."""
    cases = ((24, 0.25), (23, 0.25), (26, 0.125), (9, 0.875), (2, 0.5), (31, 0.5))
    assert_same_runs(
        learner,
        reference,
        scenarios.split_tokens,
        *({"tokens": draw.integers(0, 90, n), "val_fraction": share} for n, share in cases),
    )


@check("06.4", points=1)
def test_split_refuses(learner: Implementation, reference: Implementation, draw: Draw) -> None:
    """A share that is not between 0 and 1, or that leaves no token, is a ValueError."""
    tokens = draw.integers(0, 90, 16)
    assert_refuses(
        learner,
        reference,
        scenarios.split_tokens_in_chosen_calls,
        draw=draw,
        good=[{"tokens": tokens, "val_fraction": share} for share in (0.0625, 0.9375)],
        bad={
            "a share of 0": {"tokens": tokens, "val_fraction": 0.0},
            "a share of 1": {"tokens": tokens, "val_fraction": 1.0},
            "a share below 0": {"tokens": tokens, "val_fraction": -0.25},
            "a share above 1": {"tokens": tokens, "val_fraction": 1.25},
            "no token left for validation": {"tokens": tokens[:3], "val_fraction": 0.25},
        },
    )
