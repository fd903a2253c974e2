"""Data sets and loaders of wrong lengths: what is wrong is said, and all other exercises are graded."""

from __future__ import annotations

import pytest

from graders.grade import Grader
from graders.outcomes import Outcome

from .conftest import MakeSubmission
from .test_bad_sampling import Bad, assert_costs

FAILED, ERROR, LIMIT = Outcome.FAILED, Outcome.ERROR, Outcome.LIMIT
FILE = "training/dataset.py"
LENGTH = "TextDataset.__len__ = lambda self: "
ITEM = "_item = TextDataset.__getitem__\nTextDataset.__getitem__ = lambda self, index: "
LOADERS = "_make = create_data_loaders\ndef create_data_loaders(*args, **given):\n    "
WINDOWS, BATCHES = ("06.6", "06.7"), ("06.7",)
BAD = [
    Bad(
        "has a window too many",
        LENGTH + "(len(self.tokens) - self.seq_len - 1) // self.stride + 2",
        WINDOWS,
        FAILED,
        ("there are 7 windows, expected 6",),
        FILE,
    ),
    Bad(
        "has a billion windows by its own account",
        LENGTH + "10**9",
        WINDOWS,
        LIMIT,
        ("more memory than a check may use",),
        FILE,
    ),
    Bad(
        "has a negative number of windows",
        LENGTH + "-1",
        WINDOWS,
        ERROR,
        ("__len__() should return >= 0",),
        FILE,
    ),
    Bad(
        "gives windows of different lengths",
        ITEM + "tuple(part[: len(part) - index % 2] for part in _item(self, index))",
        WINDOWS,
        ERROR,
        ("stack expects each tensor to be equal size",),
        FILE,
    ),
    Bad(
        "gives inputs without targets",
        ITEM + "_item(self, index)[0]",
        WINDOWS,
        FAILED,
        ("expected a tuple of 2: (input, target)",),
        FILE,
    ),
    Bad(
        "gives a loader without end",
        LOADERS + "import itertools\n"
        "    return tuple(made and itertools.cycle([*made]) for made in _make(*args, **given))",
        BATCHES,
        FAILED,
        ("one pass gives more than 200 batches",),
        FILE,
    ),
    Bad(
        "gives loaders without batches",
        LOADERS + "return [], []",
        BATCHES,
        FAILED,
        ("the loader to train on gives no batch",),
        FILE,
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_data_that(bad: Bad, graders: dict[str, Grader], make_submission: MakeSubmission) -> None:
    assert_costs(bad, graders, make_submission)
