"""What is no submission: refused with one paragraph, at once, and without starting anything."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from graders import bounds
from graders.errors import CourseError
from graders.grade import Grader
from graders.submission import read_submission

from .archives import PACKERS, Pack, as_folder, as_zip
from .processes import Processes

PACKAGE = "tiny_transformer"
FILES = {f"{PACKAGE}/attention.py": b"x = 1\n"}


def refusal(path: Path) -> str:
    """The words in which a path is refused; one paragraph, within a second."""
    started = time.monotonic()
    with pytest.raises(CourseError) as caught:
        read_submission(path, PACKAGE)
    assert time.monotonic() - started < 1
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert said.endswith(".")
    return said


def test_path_that_is_not_there_is_answered_with_what_is(tmp_path: Path) -> None:
    (tmp_path / "alice").mkdir()
    (tmp_path / "bob.zip").touch()
    said = refusal(tmp_path / "alise")
    assert said.startswith(f"There is no {tmp_path / 'alise'}.")
    assert "alice, bob.zip" in said


def test_path_below_nothing_is_refused(tmp_path: Path) -> None:
    assert "Check the path" in refusal(tmp_path / "a" / "b")


def test_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    assert "cannot be read (File name too long)" in refusal(tmp_path / ("a" * 300))


def test_path_with_a_null_is_refused() -> None:
    assert refusal(Path("a\0b")).startswith("There is no a\\x00b.")


def test_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    said = refusal(tmp_path)
    assert f"no folder {PACKAGE}/" in said
    assert "nothing, it is empty" in said


@pytest.mark.parametrize("kind", PACKERS)
def test_wrong_layout_names_what_was_found(kind: str, tmp_path: Path) -> None:
    files = {"tiny_transfomer/attention.py": b"", "notes.md": b"", "data/x.txt": b""}
    said = refusal(PACKERS[kind](tmp_path / "work", files))
    assert "Found: data, notes.md, tiny_transfomer." in said
    assert f"Hand in the folder that holds {PACKAGE}/" in said


@pytest.mark.parametrize("kind", PACKERS)
def test_inside_of_the_package_is_recognized(kind: str, tmp_path: Path) -> None:
    said = refusal(PACKERS[kind](tmp_path / "work", {"attention.py": b"", "layers.py": b""}))
    assert f"It looks like the inside of {PACKAGE}/: hand in the folder above it." in said


def test_package_itself_as_the_path_is_recognized(tmp_path: Path) -> None:
    as_folder(tmp_path, {f"{PACKAGE}/practice/x.txt": b""})
    assert "looks like the inside" in refusal(tmp_path / PACKAGE)


def test_package_without_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / PACKAGE / "__pycache__").mkdir(parents=True)
    assert f"no folder {PACKAGE}/ with files in it. Found: {PACKAGE}." in refusal(tmp_path)


@pytest.mark.parametrize("kind", PACKERS)
def test_package_three_folders_down_is_not_looked_for(kind: str, tmp_path: Path) -> None:
    files = {f"a/b/c/{name}": content for name, content in FILES.items()}
    assert "Found: a." in refusal(PACKERS[kind](tmp_path / "work", files))


@pytest.mark.parametrize("kind", PACKERS)
def test_two_packages_side_by_side_are_ambiguous(kind: str, tmp_path: Path) -> None:
    files = {f"{who}/{name}": c for who in ("ann", "bob") for name, c in FILES.items()}
    said = refusal(PACKERS[kind](tmp_path / "work", files))
    assert f"2 folders {PACKAGE}/: ann/{PACKAGE}, bob/{PACKAGE}" in said


def test_more_folders_than_are_looked_at_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_ENTRIES", 5)
    as_folder(tmp_path, {f"d{n}/file": b"" for n in range(9)})
    assert "holds more than 5 entries" in refusal(tmp_path)


@pytest.mark.parametrize("kind", PACKERS)
def test_package_of_too_many_files_is_refused(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_FILES", 7)
    files = {f"{PACKAGE}/f{n}.py": b"" for n in range(8)}
    assert "more than 7 files" in refusal(PACKERS[kind](tmp_path / "work", files))


@pytest.mark.parametrize("kind", PACKERS)
def test_package_of_too_many_bytes_is_refused(kind: str, tmp_path: Path) -> None:
    half = bytes(bounds.MAX_BYTES // 2 + 1)
    files = {f"{PACKAGE}/a.py": b"", f"{PACKAGE}/b.bin": half, f"{PACKAGE}/c.bin": half}
    said = refusal(PACKERS[kind](tmp_path / "work", files))
    assert "c.bin" in said
    assert "at most 16" in said


@pytest.mark.parametrize("place", [f"{PACKAGE}/secret.py", f"{PACKAGE}/practice", PACKAGE])
def test_link_is_not_followed(place: str, tmp_path: Path) -> None:
    """To a file, to a folder, or in place of the package: what it leads to is not handed in."""
    outside = as_folder(tmp_path / "outside", {"x.py": b"secret"})
    work = tmp_path / "work"
    if place != PACKAGE:
        as_folder(work, FILES)
    else:
        work.mkdir()
    (work / place).symlink_to(outside / "x.py" if place.endswith(".py") else outside)
    said = refusal(work)
    assert f"{place} is a link" in said
    assert "not followed" in said


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "neither a folder nor a file" in refusal(tmp_path / "pipe")


def test_pipe_in_the_package_is_passed_over(tmp_path: Path) -> None:
    work = as_folder(tmp_path / "work", FILES)
    os.mkfifo(work / PACKAGE / "pipe")
    assert [*read_submission(work, PACKAGE).files] == ["attention.py"]


def test_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "cannot be read (Permission denied)" in refusal(as_folder(tmp_path, FILES))


@pytest.mark.parametrize("pack", [as_folder, as_zip])
def test_names_cannot_steer_a_terminal(pack: Pack, tmp_path: Path) -> None:
    """Control characters and bytes that are no UTF-8 are shown escaped."""
    names = {"\x1b[2J\x1b[31mdone": b""}
    if pack is as_folder:
        names[os.fsdecode(b"caf\xe9")] = b""
    said = refusal(pack(tmp_path / "work", names))
    assert "\x1b" not in said
    assert "\\x1b[2J" in said
    said.encode()


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("files", [{}, {"readme.md": b""}], ids=["nowhere", "wrong_layout"])
def test_what_is_no_submission_is_an_error_and_not_zero_points(
    files: dict[str, bytes], grader: Grader, tmp_path: Path
) -> None:
    """The report says why, holds no check, and nothing was run."""
    path = as_folder(tmp_path / "work", files)
    report = grader.grade(path)
    assert (report.outcome, report.verdicts, report.digest) == ("error", [], "")
    assert report.error.startswith(str(path) if files else "There is no")


@pytest.mark.parametrize("path", ["a" * 300, "a\0b", "..", "loop"], ids=ascii)
def test_path_of_any_kind_has_a_report(
    path: str, grader: Grader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with a path, the batch that it is in goes on."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    report = grader.grade(Path(path))
    assert (report.outcome, report.score) == ("error", 0)
    assert report.error.isprintable()


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize(
    "names", [("a", "a/b.py"), ("b" * 300 + ".py",)], ids=["file_in_a_file", "long_name"]
)
def test_archive_that_no_folder_can_hold_is_an_error(
    names: tuple[str, ...], grader: Grader, tmp_path: Path, leaves_nothing: Processes
) -> None:
    files = {f"{PACKAGE}/{name}": b"" for name in names}
    report = grader.grade(as_zip(tmp_path / "work", files))
    assert report.outcome == "error"
    assert f"{names[-1]} cannot be written to a folder" in report.error
