"""The class as CSV: one row per submission, for spreadsheets and gradebooks."""

from __future__ import annotations

import csv
import io

from graders.course import Module
from graders.errors import printable
from graders.report import Report

# Excel takes a file without this mark for one in the system's old encoding and garbles names;
# other readers skip it (in Python: encoding="utf-8-sig").
MARK = "\ufeff"
FORMULA = (*"=+-@＝＋－＠",)  # what a cell begins with that a spreadsheet computes
ABOUT = ("submission", "score", "max_score", "outcome")
MORE = ("mistakes", "message", "seconds", "digest", "release", "seed")


def csv_head(module: Module) -> bytes:
    """The mark of UTF-8 and the names of the columns."""
    # with a word before it, or a spreadsheet reads 01.1 and 01.10 as the same number
    points = [f"points {exercise.id}" for exercise in module.exercises]
    return (MARK + _line([*ABOUT, *points, *MORE])).encode()


def csv_row(report: Report) -> bytes:
    """One submission. What could not be graded has no points: its cells are empty, not 0."""
    mistakes = dict.fromkeys(m.id for v in report.verdicts for m in v.diagnosis)
    points = [report.points_of(exercise.id) for exercise in report.module.exercises]
    reached: list[str | float] = [report.score, *points]
    if report.error:
        reached = [""] * len(reached)
    score, *by_exercise = reached
    return _line(
        [
            *(report.submission, score, report.max_score, report.outcome),
            *by_exercise,
            *(" ".join(mistakes), report.error, round(report.seconds, 3)),
            *(report.digest, report.release, report.seed),
        ]
    ).encode()


def _line(cells: list[str | float]) -> str:
    line = io.StringIO()
    # texts in quotes: where semicolons divide cells, one in a name begins no new cell
    writer = csv.writer(line, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return line.getvalue()


def _harmless(text: str) -> str:
    """``text`` as a cell that no spreadsheet computes: an apostrophe before what looks like a formula.

    Tabs, line ends and other control characters are spelled out.
    """
    text = printable(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text
