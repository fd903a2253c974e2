"""Exports of Canvas, Moodle and Gradescope, as they come or unpacked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from .archives import PACKERS, Files, as_folder, as_zip
from .classes import PACKAGE, Found, all_right, find, work, zipped

MOODLE = "_assignsubmission_"
METADATA = b"""---
submission_101:
  :submitters:
  - :name: Jane Doe
    :sid: '0123'
    :email: jane@example.org
  :created_at: 2026-01-31 10:00:00.000000000 Z
  :score: 1.0
  :results:
    tests: [{name: "submission_102:", score: 1.0}]
  :history: !ruby/object:Some::Thing
  - :submitters: nobody
submission_102:
  :submitters:
  - :name: Richard Roe
    :sid:
    :email: richard@example.org
  - :name: Li
    :sid: '0007'
    :email: li@example.org
submission_103:
  :submitters:
  - :name: Zo\xc3\xab
    :sid:
    :email: ''
submission_104: {}
"""
GRADESCOPE: Files = {
    "submission_metadata.yml": METADATA,
    **work("0123", "submission_101/"),
    **work("0007+richard@example.org", "submission_102/repo/"),
    "submission_103/work.zip": zipped(work("Zoë")),
    **work("submission_104", "submission_104/"),
    **work("submission_105", "submission_105/"),
}
GRADESCOPE_IDS = [
    "0007+richard@example.org",
    "0123",
    "Zoë",
    "submission_104",
    "submission_105",
]


@pytest.mark.parametrize("kind", PACKERS)
def test_canvas(kind: str, tmp_path: Path) -> None:
    """A name and a number; late or not, handed in again or not, with the learner's name or not."""
    files = {
        "doejane_123_4001_work.zip": zipped(work("doejane_123")),
        "roe_LATE_124_4002_my_work_1_2-1.tar.gz": zipped(work("roe_124")),
        "van_der_li_late_125_4003_w.zip": zipped(work("van_der_li_125")),
        "anon_aB1Ef_4004_w.zip": zipped(work("anon_aB1Ef")),
        "anon_LATE_12345_4005_w.zip": zipped(work("anon_12345")),
        "teamred_126_4006_w.zip": zipped(work("teamred_126")),
        "teamblue_127_4006_w.zip": zipped(work("teamblue_127")),
    }
    found = find(PACKERS[kind](tmp_path / "submissions", files))
    assert all_right(found, sorted(set(found.read.values())))
    assert len(found.students) == len(files)


@pytest.mark.parametrize("kind", PACKERS)
def test_canvas_keeps_other_files_beside_the_work(kind: str, tmp_path: Path) -> None:
    """They are no submissions; but who handed in nothing else is not lost."""
    files = {
        "doejane_123_4000_notes.pdf": b"",
        "doejane_123_4001_work.zip": zipped(work("doejane_123")),
        "doejane_123_text.html": b"",
        "roe_124_4002_a.py": b"",
        "roe_124_4003_b.py": b"",
        "li_LATE_125_link.html": b"",
        "README.txt": b"",
    }
    found = find(PACKERS[kind](tmp_path / "submissions", files))
    assert found.students == ["doejane_123", "li_125", "roe_124"]
    assert found.read["doejane_123"] == "doejane_123"
    assert "roe_124_4002_a.py is not a folder" in found.read["roe_124"]
    assert "li_LATE_125_link.html is not a folder" in found.read["li_125"]


@pytest.mark.parametrize("kind", PACKERS)
def test_canvas_learner_with_two_archives_has_two_submissions(kind: str, tmp_path: Path) -> None:
    files = {
        "roe_124_4002_a.zip": zipped(work("1")),
        "roe_124_4003_b.zip": zipped(work("2")),
    }
    found = find(PACKERS[kind](tmp_path / "submissions", files))
    assert found.read == {"roe_124 (roe_124_4002_a)": "1", "roe_124 (roe_124_4003_b)": "2"}


@pytest.mark.parametrize("form", ["hw_2026_5_{}", "hw_2026_05_{}", "{}_5", "5_{}_1_x"])
def test_names_of_ones_own_are_not_taken_for_those_of_canvas(form: str, tmp_path: Path) -> None:
    names = [form.format(name) for name in ("alice", "bob")]
    assert all_right(
        find(as_zip(tmp_path / "c", {f"{n}.zip": zipped(work(n)) for n in names})), names
    )


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("end", ["file_/", "file/", "file_"])
def test_moodle(kind: str, end: str, tmp_path: Path) -> None:
    """In folders, with or without `_` behind their names, and not in folders."""
    learners = ["Jane Doe_9001", "Participant_9002", "Group A-Zoë_9003"]
    files = {f"{learner}{MOODLE}{end}my_work_1.zip": zipped(work(learner)) for learner in learners}
    found = find(PACKERS[kind](tmp_path / "Course-Assignment-17", files))
    assert all_right(found, sorted(learners))


@pytest.mark.parametrize("kind", PACKERS)
def test_moodle_with_more_than_one_thing_of_a_learner(kind: str, tmp_path: Path) -> None:
    files = {
        **work("Jane Doe_9001", f"Jane Doe_9001{MOODLE}file_/"),
        f"Jane Doe_9001{MOODLE}onlinetext_/onlinetext.html": b"",
        f"Roe_9002{MOODLE}onlinetext_/onlinetext.html": b"",
        f"Li_9003{MOODLE}file_/a.py": b"",
        f"Max_9004{MOODLE}file_/1.zip": zipped(work("1")),
        f"Max_9004{MOODLE}file_/2.zip": zipped(work("2")),
    }
    path = PACKERS[kind](tmp_path / "export", files)
    found = find(path)
    expected = ["Jane Doe_9001", "Li_9003", "Max_9004 (1)", "Max_9004 (2)", "Roe_9002"]
    assert found.students == expected
    assert found.read["Jane Doe_9001"] == "Jane Doe_9001"
    assert f"It looks like the inside of {PACKAGE}/" in found.read["Li_9003"]
    assert "Found: onlinetext.html" in found.read["Roe_9002"]
    if kind == "folder":
        assert find(path / "*").read == found.read


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("above", ["", "assignment_7_export/"])
def test_gradescope(kind: str, above: str, tmp_path: Path) -> None:
    """The student id, else the email, else the name, else the folder; of groups, all."""
    files = {above + name: content for name, content in GRADESCOPE.items()}
    assert all_right(find(PACKERS[kind](tmp_path / "export", files)), GRADESCOPE_IDS)


def test_gradescope_folders_named_one_by_one(tmp_path: Path) -> None:
    as_folder(tmp_path / "export", GRADESCOPE)
    assert all_right(find(tmp_path / "export" / "submission_*"), GRADESCOPE_IDS)
    one = find(tmp_path / "export" / "submission_101")
    assert all_right(one, ["0123"])


def gradescope_with(metadata: bytes, tmp_path: Path) -> Found:
    files = {**GRADESCOPE, "submission_metadata.yml": metadata}
    return find(as_zip(tmp_path / "export", files))


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        b"\xff\xfe\xfd",
        b"[" * 5000,
        b"- " * 5000,
        METADATA + b": : [",
        b"submission_101: &a [*a, *b]",
        b"submission_101:\n  :submitters: alice",
        b"submission_101:\n  :submitters:\n    - - :sid: x",
        b"? [x]\n: {:submitters: [{:sid: x}]}",
        b"submission_101: !!python/object/apply:os.abort []",
    ],
)
def test_gradescope_with_broken_metadata(metadata: bytes, tmp_path: Path) -> None:
    """The folders give the ids; and nothing of it is run."""
    names = [f"submission_{number}" for number in (101, 102, 103, 104, 105)]
    assert gradescope_with(metadata, tmp_path).students == names


def test_gradescope_metadata_of_thousands_takes_a_moment(tmp_path: Path) -> None:
    """Results of all checks stand in it, with names that lead further down each time."""
    deep = b"submission_101:\n  :submitters:\n  - :sid: '9'\n  :results: " + b"[" * 500 + b"]" * 500
    assert "9" in gradescope_with(deep, tmp_path).students


@pytest.mark.parametrize("kind", PACKERS)
def test_export_with_one_learner_is_called_by_the_learner(kind: str, tmp_path: Path) -> None:
    path = PACKERS[kind](tmp_path / "export", work("Jane_1", f"Jane_1{MOODLE}file_/"))
    assert all_right(find(path), ["Jane_1"])


def test_pattern_goes_before_the_lms(tmp_path: Path) -> None:
    files = {"doejane_123_4001_work.zip": zipped(work("123"))}
    assert all_right(find(as_zip(tmp_path / "x", files), pattern=r"_(\d+)_"), ["123"])
