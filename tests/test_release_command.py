"""`course release`: what an author sees, and what is left behind."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from .shell import course_command
from .tiny_house import make_tiny_house


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small course repository that a test may break."""
    return make_tiny_house(tmp_path / "house")


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.mark.proof
def test_two_releases_are_equal_file_by_file(tmp_path: Path) -> None:
    """Two processes, two folders, a whole module: the same bytes, also in the zip."""
    for number, name in enumerate("ab"):
        out = str(tmp_path / name / "copy")
        result = course_command(
            "release", "01", "--out", out, "--zip", PYTHONHASHSEED=str(number + 1)
        )
        assert result.code == 0, result.out + result.err
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    with zipfile.ZipFile(tmp_path / "a" / "copy.zip") as archive:
        names = {name.removeprefix("copy/") for name in archive.namelist()}
    assert names == {*contents(tmp_path / "a" / "copy")}


def test_the_proof_is_printed_and_stored(house: Path) -> None:
    result = course_command("release", "01", "--out", "copy", "--json", folder=house)
    assert result.code == 0, result.err
    printed = json.loads(result.out)
    stored = json.loads((house / "copy" / ".course" / "manifest.json").read_text())
    assert [claim["claim"] for claim in stored["proof"]] == [
        "the stubs import",
        "each check fails on the stubs",
        "the reference scores 100 %",
        "no solution text is in the copy",
        "a second build gives the same bytes",
    ]
    assert all(claim["holds"] for claim in stored["proof"])
    assert printed["files"] == stored["files"]
    assert {*stored["files"]} == {*contents(house / "copy")} - {".course/manifest.json"}


def test_a_leak_is_named_and_nothing_is_written(house: Path) -> None:
    readme = "assignments/01_adding/README.md"
    append(house / readme, "\nSo `return products.sum() / math.sqrt(numbers.size(0))`.\n")
    result = course_command("release", "--out", "copy", folder=house)
    assert result.code == 1
    assert f"{readme}, line 3" in result.out
    assert "reference/sums/adding.py, line 12" in result.out
    assert not (house / "copy").exists()


def test_a_check_that_passes_on_a_stub_fails_the_proof(house: Path) -> None:
    grader = house / "graders" / "test_01_adding.py"
    lax = '\n\n@check("01.1", points=1)\ndef test_lax(learner, reference, draw):\n    """Nothing."""\n'
    grader.write_text(grader.read_text().replace("points=3", "points=2") + lax)
    result = course_command("release", "--out", "copy", folder=house)
    assert result.code == 1
    assert "01.1/lax passes on the stub" in result.out
    assert not (house / "copy").exists()


def test_a_stub_that_does_not_import_fails_the_proof(house: Path) -> None:
    reference = house / "reference" / "sums" / "adding.py"
    text = reference.read_text().replace('"""Sums."""\n', '"""Sums."""\n\nimport not_there\n', 1)
    reference.write_text(text + "\n\nUSED = not_there\n")
    result = course_command("release", "--out", "copy", folder=house)
    assert result.code == 2
    assert "not_there" in result.err
    assert not (house / "copy").exists()


def test_points_that_do_not_add_up_are_refused(house: Path) -> None:
    manifest = house / "course.toml"
    manifest.write_text(manifest.read_text().replace("points = 3", "points = 4"))
    result = course_command("release", "--out", "copy", folder=house)
    assert result.code == 2
    assert "01.1 is worth 4 points in the manifest, but its 1 checks add up to 3" in result.err


def test_a_mistake_that_no_longer_fits_the_reference_is_refused(house: Path) -> None:
    reference = house / "reference" / "sums" / "adding.py"
    reference.write_text(reference.read_text().replace("numbers * weights", "weights * numbers"))
    result = course_command("release", "--out", "copy", folder=house)
    assert result.code == 2
    assert "mistake w1, variant 1: the text to replace stands 0 times" in result.err


def test_a_copy_that_somebody_works_in_is_left_to_update(
    tiny_release: Path, tmp_path: Path
) -> None:
    """That is said before anything is built, with what was found and what to type."""
    copy = shutil.copytree(tiny_release / "copy", tmp_path / "copy")
    append(copy / "sums/adding.py", "# my work\n")
    (copy / "sums/mine.py").write_text("x = 1\n")
    append(copy / "README.md", "my notes\n")
    before = contents(copy)
    refused = course_command("release", "--out", copy, "--force", folder=tiny_release)
    assert (refused.code, refused.out) == (2, "")
    assert "are sums/adding.py, sums/mine.py. --force would" in refused.err
    assert f"Merge instead: course update {copy}. " in refused.err
    assert contents(copy) == before


@pytest.mark.proof
def test_a_copy_that_nobody_works_in_is_renewed(house: Path) -> None:
    assert course_command("release", "--out", "copy", folder=house).code == 0
    append(house / "copy" / "assignments/01_adding/README.md", "my notes\n")
    (house / "copy" / "README.md").unlink()
    refused = course_command("release", "--out", "copy", folder=house)
    assert (refused.code, refused.out) == (2, "")
    assert "--force" in refused.err
    renewed = course_command("release", "--out", "copy", "--force", folder=house)
    assert renewed.code == 0, renewed.err
    assert "kept, because it is the learner's: assignments/01_adding/README.md" in renewed.out
    assert (house / "copy" / "README.md").is_file()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--out", "reference"), "reference is not empty and holds no student copy"),
        (("--out", "course.toml"), "is a file, expected a folder"),
        (("--out", "copy", "--zip"), "copy.zip exists already"),
        (("--out", "x.zip", "--zip"), "Write: --out x --zip"),
    ],
)
def test_a_place_that_is_taken_is_refused_before_anything_is_built(
    house: Path, options: tuple[str, ...], words: str
) -> None:
    """The proof of all modules takes minutes; and a copy without its zip is half of what is asked."""
    (house / "copy.zip").write_text("mine")
    refused = course_command("release", *options, folder=house)
    assert (refused.code, refused.out) == (2, "")
    assert words in refused.err
    assert (house / "copy.zip").read_text() == "mine"
    assert [*house.glob("copy"), *house.glob("x*")] == []


def test_an_unknown_module_is_refused(house: Path) -> None:
    result = course_command("release", "10", "--out", "copy", folder=house)
    assert result.code == 2
    assert "There is no module 10" in result.err


def test_a_course_of_ones_own_grades_and_names_its_mistakes(house: Path) -> None:
    """Nothing in the tools knows this course's content."""
    work = house / "work" / "sums"
    work.mkdir(parents=True)
    work.joinpath("adding.py").write_text(
        "def weighted_sum(numbers, weights):\n    return numbers.sum() / len(numbers) ** 0.5\n"
    )
    result = course_command("grade", "01", "work", folder=house)
    assert result.code == 1
    assert "the weights are not used" in result.out
    assert course_command("grade", "01", "reference", folder=house).code == 0
