"""Heat maps: each entry has the colour of its number, or a mark where it has none."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from graders.inputs import Array
from graders.picture import picture
from tools.reports.heatmap import LEVELS, HeatMap, colours, heat_maps, place

CELL = re.compile(r"M(\d+) (\d+)h1v1h-1z")
MATRIX = arrays.array_shapes(min_dims=2, max_dims=2, max_side=6)
PAIR = MATRIX.flatmap(lambda shape: st.tuples(*[arrays.arrays(np.float64, shape)] * 2))


def colours_of(shown: HeatMap) -> dict[tuple[int, int], str]:
    """Row and column of each cell, with its class."""
    found = [
        ((int(y), int(x)), name)
        for name, path in shown.paths.items()
        for x, y in CELL.findall(path)
    ]
    cells = dict(found)
    assert len(cells) == len(found), "a cell has two colours"
    return cells


def maps_of(got: Array, expected: Array) -> list[HeatMap]:
    return heat_maps(picture("output", got, expected, (0,) * expected.ndim))


@given(PAIR)
def test_each_entry_has_one_colour_and_only_numbers_have_levels(pair: tuple[Array, Array]) -> None:
    """The largest numbers among them, whose span is no number."""
    expected, got = pair
    for shown, numbers in zip(maps_of(got, expected)[:2], (expected, got), strict=True):
        cells = colours_of(shown)
        assert cells.keys() == {*np.ndindex(numbers.shape)}
        levels = {f"v{level}" for level in range(LEVELS)}
        for at, name in cells.items():
            assert (name in levels) == math.isfinite(numbers[at])
        odd = {(y, x): mark for x, y, mark in shown.marks}
        assert odd.keys() == {at for at, name in cells.items() if name == "odd"}
        for at, mark in odd.items():
            assert mark == ("×" if math.isnan(numbers[at]) else "∞" if numbers[at] > 0 else "-∞")


def test_expected_and_got_share_a_scale_and_the_difference_is_centred_at_zero() -> None:
    expected, got = np.array([[0.0, 1.0, 2.0]]), np.array([[0.0, 4.0, 1.0]])
    want, have, gap = maps_of(got, expected)
    assert [*colours_of(want).values()] == ["v0", "v5", "v10"]
    assert colours_of(have) == {(0, 0): "v0", (0, 1): "v20", (0, 2): "v5"}
    assert colours_of(gap) == {(0, 0): "d10", (0, 1): "d20", (0, 2): "d7"}
    assert (want.low, want.high) == (have.low, have.high) == ("0", "4")
    assert (gap.low, gap.high) == ("-3", "3")


def test_entries_that_agree_without_being_numbers_differ_by_nothing() -> None:
    odd = np.array([[np.nan, np.inf, -np.inf, 1.0]])
    got = np.array([[np.nan, np.inf, np.inf, 2.0]])
    gap = maps_of(got, odd)[2]
    assert gap.numbers == (("0", "0", "inf", "1"),)
    assert gap.marks == ((2, 0, "∞"),)


def test_the_words_say_size_range_and_what_is_no_number() -> None:
    got = np.array([[np.nan, 1.5], [-np.inf, -2.0]])
    assert maps_of(got, np.zeros((2, 2)))[1].in_words == (
        "Heat map of got: 2 × 2 entries from -2 to 1.5, 1 NaN, 1 minus infinite"
    )


@pytest.mark.parametrize(
    ("shape", "first", "index"),
    [
        ((3,), (2,), "[0:3]"),
        ((4, 5), (0, 0), "[0:4, 0:5]"),
        ((2, 3, 40, 5), (1, 2, 30, 4), "[1, 2, 22:38, 0:5]"),
    ],
)
def test_the_part_that_is_shown_is_named_as_an_index(
    shape: tuple[int, ...], first: tuple[int, ...], index: str
) -> None:
    assert place(picture("output", np.zeros(shape), np.ones(shape), first)) == index


def test_a_scale_of_colours_runs_from_its_first_anchor_to_its_last() -> None:
    made = colours("000000 ffffff 0000ff")
    assert (made[0], made[LEVELS // 2], made[-1]) == ("#000000", "#ffffff", "#0000ff")
    assert len({*made}) == LEVELS
