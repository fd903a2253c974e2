"""Write all reports on a class into a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from graders.course import Module
from graders.files import WholeFile, explained, write_whole
from graders.report import Report

from .html import LEARNERS, class_page, learner_page, page_name
from .junit import FOOT, HEAD, junit_suite
from .summary import ClassSummary
from .table import csv_head, csv_row


def write_reports(folder: Path, module: Module, reports: Iterable[tuple[str, Report]]) -> None:
    """Write ``grades.csv``, ``grades.xml``, ``index.html`` and ``learners/<stem>.html``.

    Pages of learners who are not among ``reports`` any more are removed.

    Args:
        folder: where to; it is made if it is not there.
        module: what all reports are on.
        reports: each with the stem of its page, a file name without ending. They are gone through
            once, and not kept.

    Raises:
        CourseError: something cannot be written. Each file is whole, as it was or as it should be.
    """
    pages = folder / LEARNERS
    with explained(folder):
        pages.mkdir(parents=True, exist_ok=True)
    summary = ClassSummary(module)
    written = set()
    with WholeFile(folder / "grades.csv") as table, WholeFile(folder / "grades.xml") as junit:
        table.write(csv_head(module))
        junit.write(HEAD)
        for stem, report in reports:
            table.write(csv_row(report))
            junit.write(junit_suite(report))
            page = pages / page_name(stem)
            write_whole(page, learner_page(report))
            written.add(page)
            summary.add(stem, report)
        junit.write(FOOT)
    write_whole(folder / "index.html", class_page(summary))
    with explained(pages):
        for page in pages.glob("*.html"):
            if page not in written:
                page.unlink()
