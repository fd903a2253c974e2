"""`course export csv`, and what each export says of results that are not as they should be."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from graders.errors import CourseError
from graders.report import as_json

from .results import MODULE, course, report, write_results

CLASS = [report("bob", wrong=["01.1"]), report("=1+1"), report("eve", error="broken")]


def table(path: Path) -> list[dict[str, str]]:
    return [*csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())]


def test_a_row_for_each_student_and_no_formula(tmp_path: Path) -> None:
    results, out = write_results(tmp_path / "grades", CLASS), tmp_path / "x.csv"
    assert course("export", "csv", results, "--out", out) == 0
    rows = {row["submission"]: row for row in table(out)}
    assert rows.keys() == {"bob", "'=1+1", "eve"}
    assert rows["bob"]["score"] == str(MODULE.points - MODULE.exercise("01.1").points)
    assert rows["bob"]["points 01.1"] == "0"
    assert (rows["eve"]["score"], rows["eve"]["message"]) == ("", "broken")


def test_lines_of_json_give_the_same_table_as_a_folder(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    results, lines = write_results(tmp_path / "grades", CLASS[:1]), tmp_path / "x.json"
    lines.write_text(f"{json.dumps(as_json(CLASS[0]))}\n\n")
    said = []
    for source in (results, lines):
        assert course("export", "csv", source) == 0
        said.append(capfdbinary.readouterr().out)
    assert said[0] == said[1]
    assert said[0].startswith(b"\xef\xbb\xbf")


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Reports of an older course, and a class that was not graded to its end."""
    results, out = write_results(tmp_path / "grades", CLASS, finished=False), tmp_path / "x.csv"
    bob = results / "reports" / "bob.json"
    bob.write_text(bob.read_text().replace("01.1/", "01.1/old_"))
    assert course("export", "csv", results, "--out", out) == 1
    said = capsys.readouterr().err
    assert "left out: 1 reports" in said
    assert "older one has written them): bob" in said
    assert "grading was stopped before its end" in said
    assert len(table(out)) == 2


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "There is no batch.json in .*Expected the folder"),
        ({"01/batch.json": "{}"}, "In it there is: 01; name one of them"),
        ({"batch.json": "{"}, "holds no reports"),
        ({"batch.json": '{"module": "77"}'}, "There is no module 77"),
        ({"batch.json": '{"module": "01"}'}, "holds no report on module 01 that"),
        ({"batch.json": '{"module": "01"}', "reports/a.json": "{}"}, "holds no report on module"),
    ],
)
def test_a_folder_without_reports_is_refused(
    tmp_path: Path, files: dict[str, str], words: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    out = tmp_path / "x.csv"
    with pytest.raises(CourseError, match=words):
        course("export", "csv", tmp_path, "--out", out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no reports"),
        ("submission,score\n", "line 1: no JSON object"),
        ('{"module": "01"}\n', "line 1: no report on module 01 of this course"),
        ("{good}\n[]\n", "line 2: no JSON object"),
        ("{good}\n{other}\n", "line 2: no report on module 01"),
        (None, "cannot be read"),
    ],
)
def test_a_file_without_reports_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    path, out = tmp_path / "x.json", tmp_path / "x.csv"
    if text is not None:
        good = json.dumps(as_json(CLASS[0]))
        other = good.replace('"module": "01"', '"module": "02"')
        path.write_text(text.replace("{good}", good).replace("{other}", other))
    with pytest.raises(CourseError, match=words):
        course("export", "csv", path, "--out", out)
    assert not out.exists()
