"""A notebook in a folder, in an archive, or in that of a class: it is found, and it is the same."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from graders import bounds
from graders.course import Course
from graders.errors import CourseError
from tools.batch.collect import collected

from .archives import ARCHIVES, PACKERS, as_folder
from .classes import zipped
from .small_notebooks import NAME, PRACTICE, practice, read, refusal, untouched, with_work

FILE = b"def raw_scores(query, key):\n    return 'of the file'\n"
PLACES = ("", "01_attention/", "homework/01_attention/")
RELEASED = {"course.toml": b"", "graders/check.py": b"", "answers/01.safetensors": b""}


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("place", PLACES)
def test_notebook_alone_is_a_submission(
    kind: str, place: str, course: Course, tmp_path: Path
) -> None:
    files = {f"{place}{name}": content for name, content in RELEASED.items()}
    made = read(course, PACKERS[kind](tmp_path / "alice", {**files, f"{place}{NAME}": with_work()}))
    assert made.name == "alice"
    assert "return 'mine'" in practice(made)
    assert f"from the notebook {NAME}: {PRACTICE}, attention.py" in made.note


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("place", PLACES)
def test_package_beside_the_notebook_counts_for_what_is_not_in_it(
    kind: str, place: str, course: Course, tmp_path: Path
) -> None:
    files = {NAME: with_work(), "tiny_transformer/attention.py": b"x = 1\n"}
    placed = {f"{place}{name}": content for name, content in files.items()}
    made = read(course, PACKERS[kind](tmp_path / "alice", placed))
    assert "return 'mine'" in practice(made)
    assert made.files["attention.py"] == b"x = 1\n"


@pytest.mark.parametrize("kind", PACKERS)
def test_package_nearer_to_the_top_counts_and_the_notebook_does_not(
    kind: str, course: Course, tmp_path: Path
) -> None:
    """So is a student copy, whose pages of experiments have the names of notebooks."""
    page = f"assignments/01_attention/{NAME}"
    files = {page: with_work(work="x = 1"), f"tiny_transformer/{PRACTICE}": FILE}
    made = read(course, PACKERS[kind](tmp_path / "alice", files))
    assert {**made.files} == {PRACTICE: FILE}


@pytest.mark.parametrize("kind", PACKERS)
def test_of_two_the_nearer_counts_and_none_of_two_equally_near(
    kind: str, course: Course, tmp_path: Path
) -> None:
    old = {f"old/{NAME}": with_work(work="def raw_scores(): return 'old'")}
    made = read(course, PACKERS[kind](tmp_path / "alice", {NAME: with_work(), **old}))
    assert "return 'mine'" in practice(made)
    two = {**old, f"new/{NAME}": with_work()}
    said = refusal(course, PACKERS[kind](tmp_path / "bob", two))
    assert f"there are 2 notebooks {NAME}: new/{NAME}, old/{NAME}. Hand in only one" in said


@pytest.mark.parametrize("kind", PACKERS)
def test_notebook_under_another_name_is_named(kind: str, course: Course, tmp_path: Path) -> None:
    path = PACKERS[kind](tmp_path / "alice", {"my answers.ipynb": with_work()})
    refusal(course, path, [f"there is no {NAME}", "Found: my answers.ipynb. Give the notebook"])


@pytest.mark.parametrize("kind", ARCHIVES)
def test_archive_in_an_archive_is_not_read_and_said_so(
    kind: str, course: Course, tmp_path: Path
) -> None:
    inner = zipped({f"tiny_transformer/{PRACTICE}": FILE})
    path = ARCHIVES[kind](tmp_path / "alice", {NAME: untouched(course), "work.zip": inner})
    refusal(course, path, ["work.zip is an archive in an archive"])


@pytest.mark.parametrize("kind", ARCHIVES)
def test_notebook_that_is_too_large_for_an_archive_is_said_so(
    kind: str, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.nbgrader.found.LARGEST", 1 << 20)
    path = ARCHIVES[kind](tmp_path / "alice", {NAME: with_work() + b" " * (3 << 20)})
    said = refusal(course, path, ["has 3 MiB", "Clear all outputs"])
    assert NAME in said


@pytest.mark.parametrize("kind", PACKERS)
def test_class_hands_in_notebooks(kind: str, course: Course, tmp_path: Path) -> None:
    """In folders, or packed; in a folder or an archive. Whatever lies around is left alone."""
    placed = {
        f"ada/{NAME}": with_work(),
        f"bob/01_attention/{NAME}": with_work(),
        "carol.zip": zipped({NAME: with_work()}),
        f"dan/{NAME}": untouched(course),
        f"dan/tiny_transformer/{PRACTICE}": FILE,
        f"erin/tiny_transformer/{PRACTICE}": FILE,
        f"erin/assignments/01_attention/{NAME}": with_work(),
        f"fay/tiny_transformer/{PRACTICE}": FILE,
        "ada/data.bin": bytes(1000),
    }
    path = PACKERS[kind](tmp_path / "class", placed)
    with collected([path], course.package) as handed:
        files = {one.student: practice(read(course, one.path)) for one in handed}
        unpacked = [name for one in handed for name in one.path.rglob("data.bin")]
    assert unpacked == [] or kind == "folder"
    mine = {name for name, text in files.items() if "return 'mine'" in text}
    assert mine == {"ada", "bob", "carol"}
    assert {files[name] for name in ("dan", "erin", "fay")} == {FILE.decode()}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_large_notebook_in_the_archive_of_a_class_costs_only_itself(
    kind: str, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_ARCHIVE", 1 << 20)
    monkeypatch.setattr("tools.nbgrader.notebook.LARGEST", 1 << 20)
    large = with_work() + os.urandom(1 << 10) * (3 << 10)
    placed = {f"ada/{NAME}": with_work(), f"bob/{NAME}": large}
    path = ARCHIVES[kind](tmp_path / "class", placed)
    with collected([path], course.package) as handed:
        ada, bob = (one.path for one in handed)
        assert (bob / NAME).stat().st_blocks == 0  # nothing of it is on the disk
        assert "return 'mine'" in practice(read(course, ada))
        assert "has 3 MiB" in refusal(course, bob)


@pytest.mark.parametrize("to", ["other.zip", "/etc/passwd"])
def test_archive_that_is_a_link_is_not_followed(to: str, course: Course, tmp_path: Path) -> None:
    """It could lead to what somebody else handed in."""
    other = PACKERS["zip"](tmp_path / "other", {f"tiny_transformer/{PRACTICE}": FILE})
    folder = as_folder(tmp_path / "alice", {NAME: untouched(course)})
    (folder / "work.zip").symlink_to(other if to == other.name else to)
    refusal(course, folder, ["work.zip is a link, and links are not followed"])


@pytest.mark.parametrize("name", [NAME, "work.zip"])
def test_pipe_is_not_waited_for(name: str, course: Course, tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "alice", {} if name == NAME else {NAME: with_work()})
    folder.mkdir(exist_ok=True)
    os.mkfifo(folder / PurePosixPath(name))
    if name == NAME:
        refusal(course, folder, [f"{NAME} is no file"])
    else:
        assert "return 'mine'" in practice(read(course, folder))


def test_what_is_no_archive_is_said_so(course: Course, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(with_work())
    with pytest.raises(CourseError, match=r"is not a folder, a \.zip or a \.tar\.gz"):
        read(course, path)
