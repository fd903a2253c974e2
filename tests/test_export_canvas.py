"""`course export canvas`: one column of the instructor's own export, and not a byte more."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders.errors import CourseError
from tools.export.canvas_file import CanvasFile

from .results import course, report, write_results

COLUMN = "Attention (77)"
GRADEBOOK = '''\
Student,ID,SIS User ID,SIS Login ID,Section,Attention (77),Other (78),Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,50,10,(read only)
"Doe, Jane ""JD""",101,s1,jane,A,,"3",90
"Li, Bo",102,s2,bo,"A, B",7,,
Åsa Öz,103,s3,åsa,A,EX,,
"Roe, Max",104,,,A,50,,
"Nobody, Nora",105,s5,nora,A,12,,
"Student, Test",106,,deadbeef,A,,,
'''
CLASS = [
    report("janedoe_101"),
    report("BO", wrong=["01.1"]),
    report("s3"),
    report("Max Roe"),
    report("nora", error="broken"),
    report("stranger"),
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(tmp_path_factory.mktemp("grades"), CLASS)


def fill(results: Path, folder: Path, text: str | bytes, *more: object) -> bytes:
    """What the export writes. The gradebook that it reads stays as it is."""
    gradebook, out = folder / "export.csv", folder / "new.csv"
    content = text.encode() if isinstance(text, str) else text
    gradebook.write_bytes(content)
    arguments = ("--gradebook", gradebook, "--column", COLUMN, "--out", out, *more)
    try:
        code = course("export", "canvas", results, *arguments)
        assert code == 1, "a report of nobody, and one that could not be graded"
    finally:
        assert gradebook.read_bytes() == content
    return out.read_bytes()


FILLED = GRADEBOOK.replace('jane,A,,"3"', 'jane,A,50,"3"').replace('"A, B",7', '"A, B",48')


def test_one_column_is_filled_and_all_else_is_as_it_was(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fill(results, tmp_path, GRADEBOOK).decode() == FILLED
    said = capsys.readouterr().out
    assert "Attention (77): 1 new, 1 changed, 1 as before" in said
    assert "excused (EX), left as they are: 1\n    s3\n" in said
    assert "could not be graded, left as they are: 1\n    nora\n" in said
    assert "reports of nobody in the gradebook: 1\n    stranger\n" in said
    assert "without a report: 1\n    Student, Test (ID 106, SIS Login ID deadbeef)\n" in said


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_in_every_form_that_canvas_writes(
    results: Path, tmp_path: Path, mark: str, end: str, delimiter: str
) -> None:
    def in_form(text: str) -> str:
        target = io.StringIO()
        rows = csv.reader(io.StringIO(text))
        csv.writer(target, delimiter=delimiter, lineterminator=end).writerows(rows)
        return mark + target.getvalue().rstrip("\r\n")  # some files end without a line end

    assert fill(results, tmp_path, in_form(GRADEBOOK)).decode() == in_form(FILLED)


def test_names_in_two_columns_and_no_manual_posting(results: Path, tmp_path: Path) -> None:
    text = "LastName,FirstName,ID,Section,Attention (77)\n    Points Possible,,,,50\n{}"
    rows = "Roe,Max,9,A,{}\nLi,Bo,102,A,{}\n"
    names = [report("Max Roe"), report("x"), report("102")]
    found = write_results(tmp_path / "names", names)
    written = fill(found, tmp_path, text.format(rows.format("", "")))
    assert written.decode() == text.format(rows.format("50", "50"))


def test_points_of_another_scale_are_converted_only_if_asked(results: Path, tmp_path: Path) -> None:
    text = GRADEBOOK.replace(",", ";").replace("Doe; Jane", "Doe, Jane").replace(";50;", ";12,5;")
    with pytest.raises(CourseError, match=r"Canvas counts 12\.5 points .* has 50.*--scale"):
        fill(results, tmp_path, text)
    assert not (tmp_path / "new.csv").exists()
    written = fill(results, tmp_path, text, "--scale").decode()
    assert ';jane;A;12,5;"3"' in written
    assert ";12;;" in written, "48 of 50"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            ",bo,",
            ",max roe,",
            "It is not clear .*'Max Roe' is Li, Bo .*by SIS Login ID or Roe, Max .*by name",
        ),
        ("s2,bo", "bo,nora", "'BO' is|'nora' is"),
        (",102,", ",101,", "'janedoe_101' is"),
        ('"Nobody, Nora"', '"roe, max"', "'Max Roe' is .*by name or "),
    ],
)
def test_whose_a_report_is_must_be_clear(
    results: Path, tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = GRADEBOOK.replace(old, new)
    assert text != GRADEBOOK
    with pytest.raises(CourseError, match=words):
        fill(results, tmp_path, text)
    assert not (tmp_path / "new.csv").exists()


@pytest.mark.parametrize(
    ("old", "new", "points"), [(",bo,", ",stranger,", "50"), ("Roe, Max", "Roe, Stranger", "48")]
)
def test_a_report_is_that_of_whom_its_whole_name_means(
    results: Path, tmp_path: Path, old: str, new: str, points: str
) -> None:
    """The stranger is the one of that login, and nobody of whose name it is a part."""
    written = fill(results, tmp_path, GRADEBOOK.replace(old, new)).decode()
    assert written == FILLED.replace(old, new).replace('"A, B",48', f'"A, B",{points}')


def test_two_reports_of_one_student_are_refused(tmp_path: Path) -> None:
    found = write_results(tmp_path / "grades", [report("102"), report("bo", wrong=["01.1"])])
    with pytest.raises(CourseError, match=r"'102' and 'bo' are both Li, Bo \(ID 102"):
        fill(found, tmp_path, GRADEBOOK)


def test_a_clash_of_columns_is_settled_by_naming_one(results: Path, tmp_path: Path) -> None:
    """Only the ID counts, then: whom `Max Roe` means is not asked."""
    text = GRADEBOOK.replace(",bo,", ",max roe,")
    written = fill(results, tmp_path, text, "--match", "id").decode()
    assert written == text.replace('jane,A,,"3"', 'jane,A,50,"3"')


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("Atention (77)", r"no column 'Atention.*Did you mean 'Attention \(77\)'\?"),
        ("Current Score", "no column of an assignment"),
        ("Section", r"no column of an assignment.*'Attention \(77\)', 'Other \(78\)'"),
    ],
)
def test_a_column_that_canvas_does_not_read_is_refused(
    results: Path, tmp_path: Path, column: str, words: str
) -> None:
    with pytest.raises(CourseError, match=words):
        fill(results, tmp_path, GRADEBOOK, "--column", column)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no gradebook of Canvas"),
        (b"name;points\nx;1\n", "no gradebook of Canvas"),
        (GRADEBOOK.encode("utf-16"), "is not UTF-8"),
        (GRADEBOOK.replace("Åsa", "\udcff").encode(errors="surrogateescape"), "is not UTF-8"),
        (GRADEBOOK.replace('"Li, Bo"', '"Li, Bo').encode(), "line 5: a quote"),
        (GRADEBOOK.replace('""JD""', '"JD"').encode(), "line 4: a quote"),
        (GRADEBOOK.replace('102,s2,bo,"A, B",7,,', "102,s2").encode(), r"Li, Bo .* has 3 cells"),
        (GRADEBOOK.replace("Other (78)", COLUMN).encode(), "has 2 columns"),
        (GRADEBOOK.replace("SIS Login ID", "ID").encode(), "several columns 'ID'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_gradebook_is_refused(
    results: Path, tmp_path: Path, content: bytes, words: str
) -> None:
    text = content.replace(b",102,s2\n", b",102,102\n")
    with pytest.raises(CourseError, match=words):
        fill(write_results(tmp_path / "r", [report("102")]), tmp_path, text)
    assert not (tmp_path / "new.csv").exists()


@pytest.mark.parametrize("link", [False, True])
def test_the_export_itself_is_never_written(results: Path, tmp_path: Path, link: bool) -> None:
    gradebook, out = tmp_path / "export.csv", tmp_path / "link.csv"
    gradebook.write_text(GRADEBOOK, encoding="utf-8")
    out.symlink_to(gradebook)
    arguments = ("--gradebook", gradebook, "--column", COLUMN, "--out", out if link else gradebook)
    with pytest.raises(CourseError, match="is your export itself"):
        course("export", "canvas", results, *arguments)
    assert gradebook.read_text(encoding="utf-8") == GRADEBOOK


# no lone CR: Python's csv module takes it for the end of a line, and writes none
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=8)


@given(
    st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=5),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_any_gradebook_comes_back_with_one_column_changed(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    quoting: int,
    delimiter: str,
    end: str,
    mark: bool,
) -> None:
    """Whatever stands in it: read as the csv module reads it, and byte for byte as it was."""
    table = [["Student", "ID", "Notes", COLUMN, "More (1)"], *rows]
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)  # type: ignore[arg-type]
    content = ("\ufeff" * mark + target.getvalue()).encode()
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    canvas = CanvasFile(path)
    assert [[cell.text for cell in row] for row in canvas.rows] == table
    assert canvas.filled(3, {}) == content
    values = {number: str(number) for number in range(1, len(table))}
    filled = canvas.filled(3, values).decode("utf-8-sig")
    wanted = [table[0], *([*row[:3], str(n), row[4]] for n, row in enumerate(rows, start=1))]
    assert [*csv.reader(io.StringIO(filled, newline=""), delimiter=delimiter)] == wanted
    path.write_bytes(canvas.filled(3, values))
    old = {n: content.decode()[row[3].start : row[3].end] for n, row in enumerate(canvas.rows) if n}
    assert CanvasFile(path).filled(3, old) == content
