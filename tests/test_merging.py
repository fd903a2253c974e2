"""Three-way merge: what either side wrote is there afterwards, whatever the texts are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.merging import BETWEEN, MINE, THEIRS, Merged, merge

# few different lines, so that texts have much in common; some with odd line ends
LINES = st.lists(st.sampled_from(["a", "b", "c", "", "    x", "y\x0c", "ü"]), max_size=8)
TEXTS = LINES.map(lambda lines: "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        ("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n"),
        ("a\nb\n", "a\nB\n", "A\nb\n", "A\nB\n"),  # neighbours
        ("a\nb\n", "a\nb\nc\n", "A\nb\n", "A\nb\nc\n"),
        ("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n", "a\nc\nd\n"),
        ("a\nb\n", "a\nb", "a\nb\nc\n", "a\nb\nc\n"),  # no line end at the end
        ("a\r\nb\r\n", "a\r\nB\r\n", "A\nb\n", "A\r\nB\r\n"),
        ("a\nb\n", "a\r\nB\r\n", "A\nb\n", "A\r\nB\r\n"),  # saved by an editor on Windows
    ],
)
def test_what_does_not_meet_is_merged(base: str, mine: str, theirs: str, merged: str) -> None:
    assert merge(base, mine, theirs) == Merged(merged)


def test_what_meets_stands_between_markers_and_its_line_is_told() -> None:
    made = merge("a\nb\nc\n", "a\nmine\nc\n", "new\na\ntheirs\nc\n")
    assert made.conflicts == (3,)
    between = [MINE, "mine", BETWEEN, "theirs", THEIRS]
    assert made.text.splitlines() == ["new", "a", *between, "c"]


def test_two_lines_put_at_the_same_place_are_a_conflict_unless_they_are_equal() -> None:
    assert merge("a\n", "a\nmine\n", "a\ntheirs\n").conflicts == (2,)
    assert merge("a\n", "a\nsame\n", "a\nsame\n") == Merged("a\nsame\n")


@given(TEXTS, TEXTS)
def test_where_only_one_side_changed_something_that_side_is_the_result(base: str, new: str) -> None:
    assert merge(base, new, base) == merge(base, base, new) == merge(base, new, new) == Merged(new)


@given(LINES, LINES, LINES, st.data())
def test_no_line_that_anybody_wrote_is_lost(
    base: list[str], mine: list[str], theirs: list[str], data: st.DataObject
) -> None:
    for side, name in ((mine, "mine"), (theirs, "theirs")):
        for number in range(data.draw(st.integers(0, 3))):
            side.insert(data.draw(st.integers(0, len(side))), f"{name} {number}")
    texts = ["".join(f"{line}\n" for line in side) for side in (base, mine, theirs)]
    made = merge(*texts)
    lines = made.text.splitlines()
    written = [line for line in (*mine, *theirs) if line.startswith(("mine", "theirs"))]
    assert sorted(line for line in lines if line in written) == sorted(written)
    for number in made.conflicts:
        assert made.text.split("\n")[number - 1] == MINE
    assert lines.count(MINE) == lines.count(THEIRS) == len(made.conflicts)
