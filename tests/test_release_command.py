"""`course release`: what an author sees, and what is left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .conftest import HOUSE

ROOMS = ("reference", "graders", "release", "tools", "student_template", "assignments")


def course_command(house: Path, *arguments: str, hash_seed: str = "1") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(house),
        "PYTHONHASHSEED": hash_seed,
        "COLUMNS": "120",
        "NO_COLOR": "1",
    }
    return subprocess.run(
        [sys.executable, "-c", "from tools.cli import main; main()", *arguments],
        cwd=house,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the course repository that a test may break."""
    root = tmp_path / "house"
    for name in ROOMS:
        shutil.copytree(HOUSE / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("course.toml", "pyproject.toml", "LICENSE"):
        shutil.copy(HOUSE / name, root / name)
    return root


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_two_releases_are_equal_file_by_file(tmp_path: Path) -> None:
    for number, name in enumerate("ab"):
        out = str(tmp_path / name)
        result = course_command(HOUSE, "release", "01", "--out", out, "--zip", hash_seed=str(number))
        assert result.returncode == 0, result.stdout + result.stderr
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    names = [zipfile.ZipFile(tmp_path / f"{n}.zip").namelist() for n in "ab"]
    assert [n.partition("/")[2] for n in names[0]] == [n.partition("/")[2] for n in names[1]]


def test_the_proof_is_printed_and_stored(tmp_path: Path) -> None:
    result = course_command(HOUSE, "release", "--out", str(tmp_path / "copy"), "--json")
    assert result.returncode == 0, result.stderr
    printed = json.loads(result.stdout)
    stored = json.loads((tmp_path / "copy" / ".course" / "manifest.json").read_text())
    assert [claim["claim"] for claim in stored["proof"]] == [
        "the stubs import",
        "each check fails on the stubs",
        "the reference scores 100 %",
        "no solution text is in the copy",
        "a second build gives the same bytes",
    ]
    assert all(claim["holds"] for claim in stored["proof"])
    assert printed["files"] == stored["files"]
    assert {*stored["files"]} == {*contents(tmp_path / "copy")} - {".course/manifest.json"}


def test_a_leak_is_named_and_nothing_is_written(house: Path) -> None:
    readme = house / "assignments" / "01_attention" / "README.md"
    leak = "scores = query @ key.transpose(-2, -1) / math.sqrt(d_k)"
    readme.write_text(readme.read_text() + f"\nSo we write `{leak}`.\n")
    result = course_command(house, "release", "--out", "copy")
    assert result.returncode == 1
    assert "assignments/01_attention/README.md" in result.stdout
    assert "reference/tiny_transformer/attention.py" in result.stdout
    assert not (house / "copy").exists()


def test_a_check_that_passes_on_a_stub_fails_the_proof(house: Path) -> None:
    grader = house / "graders" / "test_01_attention.py"
    text = grader.read_text()
    grader.write_text(text.replace('@check("01.3", points=2)\ndef test_mask_values', '@check("01.3", points=1)\ndef test_mask_values')
        + '\n\n@check("01.3", points=1)\ndef test_nothing(learner, reference, draw):\n    """Nothing."""\n')
    result = course_command(house, "release", "--out", "copy")
    assert result.returncode == 1
    assert "01.3/nothing passes on the stub" in result.stdout
    assert not (house / "copy").exists()


def test_a_reference_that_fails_its_own_course_is_not_released(house: Path) -> None:
    reference = house / "reference" / "tiny_transformer" / "attention.py"
    reference.write_text(reference.read_text().replace("if seq_len < 1:", "if seq_len < 1 / 0:"))
    result = course_command(house, "release", "--out", "copy")
    assert result.returncode == 2
    assert "ZeroDivisionError" in result.stderr
    assert not (house / "copy").exists()


def test_a_learners_file_is_never_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "copy"
    assert course_command(HOUSE, "release", "--out", str(out)).returncode == 0
    work = out / "tiny_transformer" / "attention.py"
    work.write_text("# my work\n")
    (out / "README.md").unlink()
    refused = course_command(HOUSE, "release", "--out", str(out))
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    renewed = course_command(HOUSE, "release", "--out", str(out), "--force")
    assert renewed.returncode == 0, renewed.stderr
    assert work.read_text() == "# my work\n"
    assert "tiny_transformer/attention.py" in renewed.stdout
    assert (out / "README.md").is_file()


def test_an_unknown_module_is_refused_with_a_guess(tmp_path: Path) -> None:
    result = course_command(HOUSE, "release", "10", "--out", str(tmp_path / "copy"))
    assert result.returncode == 2
    assert "no module 10" in result.stderr
