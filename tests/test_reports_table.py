"""The CSV of a class: what a spreadsheet and a program make of it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from graders.check import load_checks
from graders.judge import Verdict
from graders.manifest import load_course
from graders.mistakes import Mistake
from graders.outcomes import Outcome
from graders.report import Report
from tools.reports.table import csv_head, csv_row

from .classroom import FORMULA, Class
from .conftest import HOUSE

MODULE = load_course(HOUSE / "course.toml").module("01")
NAMED = Report("", "d", MODULE, [], {"level": "A", "layers": []}, "r", "s", 1.23456)
# any text at all, halves of characters too, and often one that begins like a formula
TEXTS = st.text(st.characters(codec=None)) | st.tuples(
    st.text(" \t\r\n\u00a0", max_size=2), st.sampled_from("=+-@＝\t\r"), st.text()
).map("".join)


def read(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig")
    return [*csv.DictReader(io.StringIO(text, newline=""), strict=True)]


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_whatever_the_name_there_is_one_row_and_no_formula(names: list[str], error: str) -> None:
    rows = [csv_row(replace(NAMED, submission=name, error=error)) for name in names]
    content = csv_head(MODULE) + b"".join(rows)
    assert len(read(content)) == len(names)
    assert content.count(b"\n") == 1 + len(names), "some readers take each line for a row"
    for row in read(content):
        assert row.keys() == read(csv_head(MODULE) + csv_row(NAMED))[0].keys()
        for cell in row.values():
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝"))
            assert cell.isprintable()


def test_a_harmless_name_stays_as_it_is() -> None:
    (row,) = read(csv_head(MODULE) + csv_row(replace(NAMED, submission='Zoë "O\'Neil", 5=5')))
    assert row["submission"] == 'Zoë "O\'Neil", 5=5'


def test_excel_is_told_that_it_is_utf_8_and_reads_no_exercise_as_a_number() -> None:
    head = csv_head(MODULE)
    assert head.startswith(b"\xef\xbb\xbf")
    columns = next(csv.reader([head.decode("utf-8-sig")]))
    assert [f"points {exercise.id}" for exercise in MODULE.exercises] == columns[4:-6]


def test_semicolons_in_a_name_are_inside_quotes() -> None:
    """In much of Europe, Excel divides the cells of a line at semicolons."""
    assert csv_row(replace(NAMED, submission="a;=1+1")).startswith(b'"a;=1+1"')


def test_points_and_mistakes_are_those_of_the_report(graded_class: Class) -> None:
    rows = read(csv_head(MODULE) + b"".join(csv_row(report) for _, report in graded_class))
    assert len(rows) == len(graded_class)
    for row, (_, report) in zip(rows, graded_class, strict=True):
        assert (row["max_score"], row["outcome"]) == ("50", report.outcome)
        assert (row["digest"], row["release"], row["seed"]) == (report.digest, "tests", "tests")
        points = [value for name, value in row.items() if name.startswith("points ")]
        assert len(points) == 13
        if report.error:
            assert row["message"] == report.error
            assert {row["score"], *points} == {""}, "not graded is not 0 points"
        else:
            assert row["message"] == ""
            assert sum(map(int, points)) == int(row["score"]) == report.score
    named = {row["submission"]: row for row in rows}
    assert named["a1"]["mistakes"] == "a1"
    assert named["right"]["mistakes"] == ""
    assert named["a1"]["points 01.8"] == "0"
    assert f"'{FORMULA}" in named


def test_a_mistake_seen_by_several_checks_is_named_once() -> None:
    one, two = (Mistake(name, "01.8", "", "") for name in ("a1", "b2"))
    checks = load_checks(MODULE)
    seen = ((one,), (two, one), ())
    verdicts = [
        Verdict(check, Outcome.FAILED, "wrong", (), mistakes)
        for check, mistakes in zip(checks, seen, strict=False)
    ]
    (row,) = read(csv_head(MODULE) + csv_row(replace(NAMED, verdicts=verdicts)))
    assert row["mistakes"] == "a1 b2"
