"""The submissions of a class are found, none is lost, and each is called by its learner."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from graders.errors import CourseError

from .archives import ARCHIVES, PACKERS, Files, as_folder, as_tar, as_zip
from .classes import PACKAGE, all_right, find, work, zipped

CLASS: Files = {
    **work("alice", "alice/"),
    **work("bob", "bob/homework/repo/"),
    "carol.zip": zipped(work("carol")),
    "dan.tar.gz": zipped(work("dan", "dan/")),
    "erin/hand-in.zip": zipped(work("erin")),
}
AROUND: Files = {
    "roster.csv": b"alice,bob",
    "README": b"a class",
    ".DS_Store": b"",
    "__MACOSX/alice/._a.py": b"",
    "._carol.zip": b"",
    "Thumbs.db": b"",
    "desktop.ini": b"",
    ".git/config": b"",
}
LEARNERS = ["alice", "bob", "carol", "dan", "erin"]


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("above", ["", "export/", "export/of/"])
def test_class_is_a_folder_or_an_archive(kind: str, above: str, tmp_path: Path) -> None:
    """Also below folders in which nothing else lies."""
    files = {above + name: content for name, content in {**CLASS, **AROUND}.items()}
    assert all_right(find(PACKERS[kind](tmp_path / "class", files)), LEARNERS)


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("place", ["", "repo/", "repo/src/"])
def test_one_submission_is_one(kind: str, place: str, tmp_path: Path) -> None:
    """With what may lie around a package, it is called as its file."""
    around = {f"{place}docs/x.md": b"", f"{place}README.md": b"", f"{place}tests/test_a.py": b""}
    path = PACKERS[kind](tmp_path / "alice", {**work("alice", place), **around})
    assert all_right(find(path), ["alice"])


@pytest.mark.parametrize("kind", PACKERS)
def test_one_package_among_folders_is_one_submission(kind: str, tmp_path: Path) -> None:
    around = {"docs/x.md": b"", "tests/test_a.py": b"", "setup.py": b""}
    path = PACKERS[kind](tmp_path / "alice", {**work("alice", "src/"), **around})
    assert all_right(find(path), ["alice"])


@pytest.mark.parametrize("kind", PACKERS)
def test_package_at_the_top_makes_one_submission(kind: str, tmp_path: Path) -> None:
    """Backups and data beside it are not those of others."""
    around = {**work("old", "old/"), "data.zip": zipped({"x": b""}), **work("older", "b/c/")}
    path = PACKERS[kind](tmp_path / "alice", {**work("alice"), **around})
    assert all_right(find(path), ["alice"])


@pytest.mark.parametrize("kind", PACKERS)
def test_nothing_handed_in_is_lost(kind: str, tmp_path: Path) -> None:
    """What cannot be graded is a submission that says why."""
    bad = {
        "folder/notes.txt": b"x",
        "empty.zip": b"",
        "file.py": b"x = 1",
        "other.rar": b"Rar!",
        "text.tar.gz": b"some text",
        "none.zip": zipped({}),
        "inner.zip": zipped({"x.zip": zipped({"y.zip": zipped(work("y"))})}),
        "several.zip": zipped({**work("a", "a/"), **work("b", "b/")}),
    }
    found = find(PACKERS[kind](tmp_path / "class", {**CLASS, **bad}))
    names = ["empty", "file.py", "folder", "inner", "none", "other.rar", "several", "text"]
    assert found.students == sorted([*LEARNERS, *names])
    assert all(found.read[learner] == learner for learner in LEARNERS)
    assert "Found: notes.txt" in found.read["folder"]
    assert "Found: x.zip" in found.read["inner"]
    assert "there are 2 folders" in found.read["several"]
    for name in ("empty", "file.py", "other.rar", "text"):
        assert "is not a folder, a .zip or a .tar.gz" in found.read[name]
    for name in (*names, *LEARNERS):  # learners read it: where the class lies is not for them
        assert name in LEARNERS or re.match(rf"{name}\b", found.read[name]), found.read[name]
        assert str(tmp_path) not in found.read[name]


@pytest.mark.parametrize("kind", PACKERS)
def test_one_good_archive_among_bad_ones_is_a_class(kind: str, tmp_path: Path) -> None:
    path = PACKERS[kind](tmp_path / "class", {**work("alice", "alice/"), "bob.zip": b""})
    assert find(path).students == ["alice", "bob"]


@pytest.mark.parametrize("kind", ARCHIVES)
def test_class_of_one_is_called_by_the_learner(kind: str, tmp_path: Path) -> None:
    assert all_right(find(PACKERS[kind](tmp_path / "c", {"a.zip": zipped(work("a"))})), ["a"])


@pytest.mark.parametrize("kind", PACKERS)
def test_empty_folder_or_archive_says_so(kind: str, tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    found = find(PACKERS[kind](tmp_path / "class", {}))
    assert found.students == ["class"]
    assert "nothing, it is empty" in found.read["class"]


@pytest.mark.parametrize("kind", PACKERS)
def test_several_of_one_learner_are_told_apart(kind: str, tmp_path: Path) -> None:
    """By the shortest end of the path that differs, in the same way each time."""
    files = {
        "alice/work.zip": zipped(work("1")),
        "alice/work-1.zip": zipped(work("2")),
        "bob/a/work.zip": zipped(work("3")),
        "bob/b/work.zip": zipped(work("4")),
        **work("5", "carol/"),
        "carol.zip": zipped(work("6")),
    }
    path = PACKERS[kind](tmp_path / "class", files)
    expected = {
        "alice (work)": "1",
        "alice (work-1)": "2",
        "bob (a/work)": "3",
        "bob (b/work)": "4",
        "carol (carol)": "5",
        "carol (carol.zip)": "6",
    }
    assert find(path).read == find(path).read == expected


def test_several_paths_are_one_class_and_each_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    as_folder(tmp_path / "class", CLASS)
    one = as_zip(tmp_path / "frank", work("frank"))
    found = find(
        "class", "class/", tmp_path / "class", one, tmp_path / "class/carol.zip", "./frank.zip"
    )
    assert all_right(found, [*LEARNERS, "frank"])


def test_equal_names_in_several_classes_are_told_apart(tmp_path: Path) -> None:
    for section in ("one", "two"):
        files = {**work(section, "alice/"), **work(section, f"bob{section}/")}
        as_zip(tmp_path / section, files)
    found = find(tmp_path / "one.zip", tmp_path / "two.zip")
    assert found.read == {
        "alice (one.zip/alice)": "one",
        "alice (two.zip/alice)": "two",
        "bobone": "one",
        "bobtwo": "two",
    }


@pytest.mark.parametrize("kind", PACKERS)
def test_learner_cannot_hand_in_for_others(kind: str, tmp_path: Path) -> None:
    """Named beside work of one learner, what looks like a class is work of one learner too."""
    pack = PACKERS[kind]
    files = {**work("mallory", "bob/"), **work("mallory", "alice/")}
    paths = [pack(tmp_path / "alice", work("alice")), pack(tmp_path / "mallory", files)]
    found = find(*paths)
    assert found.students == ["alice", "mallory"]
    assert found.read["alice"] == "alice"
    assert "there are 2 folders" in found.read["mallory"]
    assert find(str(tmp_path / "*")).read == found.read


def test_pattern_of_paths_stands_for_what_it_matches(tmp_path: Path) -> None:
    """As the folder does; what nobody hands in is passed over."""
    folder = as_folder(tmp_path / "class", {**CLASS, **AROUND, "eve.py": b""})
    assert find(folder / "*").read == find(folder).read
    assert all_right(find(folder / "?a*[pz]"), ["carol", "dan"])
    assert all_right(find(folder / "**" / "hand-in.zip", pattern=r"(\w+)/hand-in$"), ["erin"])


def test_pattern_of_paths_that_matches_nothing_says_what_is_there(tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "class", CLASS)
    with pytest.raises(CourseError, match=r"Nothing matches .*none\*\.zip\. In .*class there is: "):
        find(folder / "none*.zip")
    with pytest.raises(CourseError, match=r"In .* there is: class"):
        find(tmp_path / "c?" / "*")


def test_path_with_the_characters_of_a_pattern_is_a_path(tmp_path: Path) -> None:
    assert all_right(find(as_folder(tmp_path / "[a]*", work("[a]*"))), ["[a]*"])


def test_path_that_is_not_there_is_a_submission_that_says_so(tmp_path: Path) -> None:
    found = find(tmp_path / "alice.zip", tmp_path / ("x" * 300))
    assert found.students == ["alice", "x" * 300]
    assert "There is no" in found.read["alice"]
    assert "cannot be read (File name too long)" in found.read["x" * 300]


def test_pipes_and_links_are_not_followed(tmp_path: Path) -> None:
    """A learner cannot hand in what lies elsewhere on the disk; a PATH may be a link."""
    as_folder(tmp_path / "secret", work("secret"))
    folder = as_folder(tmp_path / "class", CLASS)
    (folder / "mallory").symlink_to(tmp_path / "secret")
    (folder / "frank").mkdir()
    (folder / "frank" / "work.zip").symlink_to(folder / "carol.zip")
    as_folder(tmp_path / "others", {"bob.zip": zipped(work("bob"))})
    (folder / "frank" / "all").symlink_to(tmp_path / "others")
    os.mkfifo(folder / "pipe.zip")
    (tmp_path / "link").symlink_to(folder)
    found = find(tmp_path / "link")
    assert found.students == sorted([*LEARNERS, "frank", "mallory", "pipe"])
    assert "mallory is a link" in found.read["mallory"]
    assert "no folder" in found.read["frank"]
    assert "neither a folder nor a file" in found.read["pipe"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read all")
def test_folder_that_may_not_be_read_is_a_submission(tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "class", CLASS)
    (folder / "alice").chmod(0)
    try:
        assert "Permission denied" in find(folder).read["alice"]
    finally:
        (folder / "alice").chmod(0o700)


@pytest.mark.parametrize("kind", PACKERS)
def test_odd_names_stay_apart_and_can_be_shown(kind: str, tmp_path: Path) -> None:
    """Line breaks, colours, right-to-left marks, 255 bytes; what is escaped stays different."""
    odd = [
        "a\nb",
        "a\\nb",
        "\x1b[31mred",
        "\u202eevil",
        "x" * 255,
        "\N{SNOWMAN}",
        " ",
        "con",
        "a b",
    ]
    if kind != "folder":
        odd.remove("a\\nb")  # a folder there
    found = find(
        PACKERS[kind](tmp_path / "c", {k: v for o in odd for k, v in work(o, o + "/").items()})
    )
    assert sorted(found.read.values()) == sorted(odd)


def test_names_that_are_not_utf8_stay_apart(tmp_path: Path) -> None:
    names = [os.fsdecode(b"caf\xe9"), os.fsdecode(b"caf\xe8"), "café"]
    for number, name in enumerate(names):
        as_folder(tmp_path / name, work(str(number)))
    assert find(tmp_path).read == {"caf\\udce9": "0", "caf\\udce8": "1", "café": "2"}
    found = find(
        as_tar(
            tmp_path.parent / "class",
            {
                n: c
                for o in names[:2]
                for n, c in work(o.encode("unicode_escape").decode(), o + "/").items()
            },
        )
    )
    assert all_right(found, ["caf\\udce8", "caf\\udce9"])


def test_package_name_is_not_a_learner(tmp_path: Path) -> None:
    assert find(as_folder(tmp_path / PACKAGE, {"a.py": b""})).students == [PACKAGE]
