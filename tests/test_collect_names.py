"""Ids by a pattern, ids told apart, and names of files about them."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from random import Random
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.errors import CourseError
from tools.batch.names import LONGEST, stem_of, told_apart

from .archives import PACKERS, as_folder, as_zip
from .classes import all_right, find, work, zipped

WINDOWS = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{n}{d}" for n in ("com", "lpt") for d in "0123456789¹²³"),
}
CLASS = {
    "01/s1001-alice/hand-in.zip": zipped(work("alice")),
    "02/s1002-bob/hand-in.tar.gz": zipped(work("bob")),
}


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize(
    ("pattern", "students"),
    [
        (r"s\d+", ["s1001", "s1002"]),
        (r"s(\d+)-(\w+)", ["1001", "1002"]),
        (r"s(\d+)-(?P<student>\w+)/hand-in$", ["alice", "bob"]),
        (r"^\d+", ["01", "02"]),
    ],
)
def test_pattern_gives_the_id(kind: str, pattern: str, students: list[str], tmp_path: Path) -> None:
    """Its group `student`, its first group, or all of it, in the path without an ending."""
    found = find(PACKERS[kind](tmp_path / "class", CLASS), pattern=pattern)
    assert found.read == dict(zip(students, ["alice", "bob"], strict=True))


def test_pattern_is_searched_in_the_path_that_was_named(tmp_path: Path) -> None:
    """Where it is one submission; so a shell may expand `*` or not."""
    as_folder(tmp_path / "class", CLASS)
    named = sorted((tmp_path / "class").glob("*/*/*"))
    pattern = r"-(\w+)/[^/]*$"
    assert all_right(find(*named, pattern=pattern), ["alice", "bob"])
    assert all_right(find(tmp_path / "class" / "*" / "*" / "*", pattern=pattern), ["alice", "bob"])


@pytest.mark.parametrize("pattern", [r"-(alice)", r"-(alice)|bob", r"s\d*?(x?)"])
def test_pattern_that_finds_nobody_says_where(pattern: str, tmp_path: Path) -> None:
    path = as_zip(tmp_path / "class", CLASS)
    with pytest.raises(CourseError, match=r"finds no student in '0[12]/s100[12]-[a-z]+/hand-in'"):
        find(path, pattern=pattern)


@pytest.mark.parametrize("pattern", ["(", "[a-", "*", "(?P<student>a)(?P<student>b)", "a{2,1}"])
def test_pattern_that_is_none_is_refused(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=f"{re.escape(repr(pattern))} is no regular expression"):
        find(tmp_path, pattern=pattern)


def test_pattern_that_finds_a_blank_finds_nobody(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="finds no student in 'a b'"):
        find(as_zip(tmp_path / "class", {"a b.zip": b""}), pattern=r"\s")


def test_pattern_may_find_one_id_twice(tmp_path: Path) -> None:
    found = find(as_folder(tmp_path / "class", CLASS), pattern="hand")
    assert found.students == ["hand (s1001-alice/hand-in)", "hand (s1002-bob/hand-in)"]


@pytest.mark.parametrize(
    "student",
    ["alice", "s1234567", "doe_jane-12", "jane@example.org", "1001+1002", "a.b", "doejane_123"],
)
def test_ordinary_id_is_its_own_file_name(student: str) -> None:
    assert stem_of(student) == student


@pytest.mark.parametrize(
    ("student", "begins"),
    [
        ("Jane Doe_123", "Jane_Doe_123-"),
        ("Zoë", "Zoë-"),
        ("alice (work-1)", "alice__work-1-"),
        ("CON", "_CON-"),
        ("nul.txt", "_nul.txt-"),
        ("com¹", "_com¹-"),
        ("../../etc", "etc-"),
        ("-rf", "rf-"),
        ("...", "submission-"),
        ("a" * 300, "a" * 80),
        ("名前", "名前-"),
    ],
)
def test_other_ids_stay_readable(student: str, begins: str) -> None:
    assert stem_of(student).startswith(begins)


ids = st.text(max_size=130) | st.text(st.sampled_from("aAbBéÉ.-_ /\\:*con"), max_size=8)


@given(ids | st.sampled_from(sorted(WINDOWS)).map(str.upper))
def test_file_name_is_safe_on_every_system(student: str) -> None:
    stem = stem_of(student)
    assert 0 < len(stem.encode()) <= LONGEST
    assert not set(stem) & set('<>:"/\\|?*~ ')
    assert stem.isprintable()
    assert stem[0] not in ".-"
    assert stem[-1] not in ". "
    assert stem.partition(".")[0].lower() not in WINDOWS


@given(st.lists(ids, unique=True, max_size=20))
def test_file_names_differ_where_ids_do(students: list[str]) -> None:
    """Also where the file system ignores case, or composes letters; a name of one may be an id."""
    students = [*{*students, *map(stem_of, students)}]
    forms: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
    for form in forms:
        stems = {unicodedata.normalize(form, stem_of(s)).casefold() for s in students}
        assert len(stems) == len(students)


def test_file_name_of_an_id_can_be_made(tmp_path: Path) -> None:
    for student in (os.fsdecode(b"\xff"), "x" * 300, "\N{SNOWMAN}" * 99, "a/b", "\0"):
        (tmp_path / f"{stem_of(student)}.html").touch()


short = st.text(st.sampled_from("ab/ ()#2\n\\.zip"), min_size=1, max_size=6)


@given(
    st.lists(st.tuples(short, short), unique_by=lambda pair: pair[1], max_size=12),
    st.randoms(use_true_random=False),
)
def test_ids_are_unique_and_do_not_depend_on_the_order(
    found: list[tuple[str, str]], random: Random
) -> None:
    ids = told_apart(found)
    assert len({*ids}) == len(found)
    assert all(name.isprintable() and name.strip() for name in ids)
    mixed = [*found]
    random.shuffle(mixed)
    assert dict(zip(mixed, told_apart(mixed), strict=True)) == dict(zip(found, ids, strict=True))
