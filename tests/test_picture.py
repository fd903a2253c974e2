"""Pictures of wrong tensors, and reports that are written down and read again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from graders.compare import difference
from graders.grade import Grader
from graders.inputs import Array
from graders.picture import DIGITS, SIDE, Picture
from graders.report import as_json, from_json

from .conftest import MakeSubmission
from .test_bad_code import RAW

SHAPES = arrays.array_shapes(min_dims=1, max_dims=4, max_side=SIDE + 5)


@given(arrays.arrays(np.float64, SHAPES), st.data())
def test_the_first_wrong_entry_is_in_the_picture(expected: Array, data: st.DataObject) -> None:
    """Whatever the shape and the numbers, NaN and infinities among them; and JSON loses nothing."""
    place = data.draw(st.tuples(*(st.integers(0, size - 1) for size in expected.shape)))
    got = expected.copy()
    got[place] = 0.0 if not np.isclose(expected[place], 0) else 1.0
    found = difference("output", got, expected)
    assert found is not None
    assert found.picture is not None
    shown = found.picture()
    row, column = (0, *place)[-2:]
    top, left = shown.corner
    assert shown.index == place[:-2]
    assert shown.got[row - top][column - left] == got[place]
    assert shown.expected[row - top][column - left] == pytest.approx(
        expected[place], rel=10.0 ** (1 - DIGITS), nan_ok=True
    )
    assert shown.difference[row - top][column - left] != 0
    assert max(len(shown.got), *map(len, shown.got)) <= SIDE
    again = Picture.from_json(json.loads(json.dumps(shown.as_json(), allow_nan=False)))
    assert str(again) == str(shown)  # as text, since NaN does not equal itself


@pytest.mark.parametrize(
    "files",
    [
        {"practice/attention.py": RAW + "return query @ key.mT * 2", "attention.py": "!"},
        {},
    ],
    ids=["wrong", "right"],
)
def test_a_report_that_was_written_is_read_again(
    files: dict[str, str], grader: Grader, make_submission: MakeSubmission
) -> None:
    report = grader.grade(make_submission(files))
    written = json.dumps(as_json(report), allow_nan=False)
    again = from_json(json.loads(written), grader.module, grader.checks)
    assert json.dumps(as_json(again)) == written
    pictures = [check["picture"] for check in json.loads(written)["checks"] if check["picture"]]
    assert bool(pictures) == bool(files)


def test_the_largest_number_stays_finite() -> None:
    largest = np.array([np.finfo(np.float64).max])
    found = difference("output", np.zeros(1), largest)
    assert found is not None
    assert found.picture is not None
    assert found.picture().expected == ((largest[0],),)


def test_what_is_no_report_is_not_read(grader: Grader, make_submission: MakeSubmission) -> None:
    right = as_json(grader.grade(make_submission({})))
    for wrong in ({"module": "02"}, {"schema": "?"}, {"checks": [1]}, {"own_parts": 1}):
        with pytest.raises((KeyError, TypeError, ValueError)):
            from_json({**right, **wrong}, grader.module, grader.checks)
    with pytest.raises(KeyError):
        from_json({}, grader.module, grader.checks)
