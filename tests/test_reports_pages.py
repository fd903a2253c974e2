"""The pages of a class and of its learners, without a browser: what is in them, and what is not."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from graders.errors import CourseError, printable
from graders.report import Report
from tools.reports.junit import as_junit
from tools.reports.summary import ClassSummary
from tools.reports.write import write_reports

from .classroom import BACKWARDS, CONTROL, HOSTILE, SCRIPT, Class

VOID = {"meta", "link", "br", "img", "input", "hr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """The elements of a page; fails where a tag is not closed, or closed twice."""

    elements: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def read(cls, path: Path) -> Page:
        page = cls()
        page.feed(path.read_text(encoding="utf-8"))
        page.close()
        assert page._open == []
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), "an attribute is given twice"
        self.elements.append(element)
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):  # type: ignore[union-attr]
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"path", "rect"} or (self._open and self._open[-1].tag == tag):
            assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, kind: str = "") -> list[Element]:
        found = [element for element in self.elements if element.tag == tag]
        return [e for e in found if not kind or kind in e.attributes.get("class", "").split()]


@pytest.fixture(scope="module")
def folder(graded_class: Class, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pages") / "new" / "folder"
    write_reports(out, graded_class[0][1].module, iter(graded_class))
    return out


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Page]:
    """All pages, by their path in the folder."""
    found = [folder / "index.html", *sorted((folder / "learners").iterdir())]
    return {path.relative_to(folder).as_posix(): Page.read(path) for path in found}


def test_the_folder_holds_a_table_junit_a_page_and_a_page_for_each(
    folder: Path, graded_class: Class
) -> None:
    assert {p.name for p in folder.iterdir()} == {
        *("grades.csv", "grades.xml", "index.html", "learners"),
    }
    learners = {p.name for p in (folder / "learners").iterdir()}
    assert learners == {f"{stem}.html" for stem, _ in graded_class}
    reports = [report for _, report in graded_class]
    assert (folder / "grades.xml").read_bytes() == b"".join(as_junit(reports))


def test_pages_load_nothing_and_run_nothing(pages: dict[str, Page]) -> None:
    for page in pages.values():
        (style,) = page.all("style")
        (policy,) = [
            meta.attributes["content"]
            for meta in page.all("meta")
            if meta.attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
        assert "default-src 'none'" in policy
        assert f"style-src 'sha256-{digest}'" in policy
        assert not re.search(r"@import|url\(|expression|https?:", style.text)
        tags = {element.tag for element in page.elements}
        assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
        for element in page.elements:
            names = element.attributes.keys()
            assert not names & {"src", "srcset", "style", "xlink:href", "background"}
            assert not [name for name in names if name.startswith("on")]


def test_links_lead_to_what_is_there(folder: Path, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
        assert len({*ids}) == len(ids)
        for element in page.all("a"):
            target = element.attributes["href"]
            if target.startswith("#"):
                assert target[1:] in ids
            else:
                assert ((folder / name).parent / unquote(target)).resolve().is_file()
        labels = [e.attributes.get("aria-labelledby") for e in page.elements]
        assert {label for label in labels if label} <= {*ids}


def test_hostile_names_are_text(folder: Path, pages: dict[str, Page], graded_class: Class) -> None:
    """Markup, bidirectional overrides and control characters are spelled out, never obeyed."""
    named = {one.text for one in pages["index.html"].all("bdi")}
    assert {report.submission for _, report in graded_class} & {SCRIPT} <= named
    assert {printable(name) for name in HOSTILE} <= named
    assert "\\u202egnp.exe\\u202c" in named
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert SCRIPT not in text
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    for stem, report in graded_class:
        (title,) = pages[f"learners/{stem}.html"].all("h1")
        assert title.text == printable(report.submission)
    assert BACKWARDS in {r.submission for _, r in graded_class} >= {CONTROL}


def test_the_class_page_counts_what_the_reports_say(
    pages: dict[str, Page], graded_class: Class
) -> None:
    page = pages["index.html"]
    reports = [report for _, report in graded_class]
    facts = dict(
        zip((e.text for e in page.all("dt")), (e.text for e in page.all("dd")), strict=True)
    )
    outcomes = Counter(report.outcome for report in reports)
    assert facts["submissions"] == str(len(reports))
    assert facts["graded"] == str(outcomes["graded"])
    assert facts["over a limit"] == str(outcomes["limit"]) != "0"
    assert facts["not graded"] == str(outcomes["error"]) != "0"
    scores = [report.score for report in reports if not report.error]
    assert facts["mean points"] == f"{sum(scores) / len(scores):.1f}"
    made = Counter(
        mistake for r in reports for mistake in {m.id for v in r.verdicts for m in v.diagnosis}
    )
    shown = re.findall(r"\[(\w+)\]", "".join(p.text for p in page.all("p", "muted")))
    counts = [int(element.text) for element in page.all("p", "count")]
    assert dict(zip(shown, counts, strict=True)) == made
    assert counts == sorted(counts, reverse=True)
    (histogram,) = page.all("svg", "histogram")
    bars = re.findall(r"(\S+): (\d+)", histogram.attributes["aria-label"])
    assert sum(int(count) for _, count in bars) == len(scores)
    assert dict(bars)["0"] == str(scores.count(0))
    assert dict(bars)["50"] == str(scores.count(50))
    error = next(report.error for report in reports if report.error)
    assert error in "".join(element.text for element in page.all("dd"))
    assert "seed tests" in page.all("footer")[0].text
    assert "release tests" in page.all("footer")[0].text


def test_a_learners_page_says_what_the_terminal_says(
    pages: dict[str, Page], graded_class: Class
) -> None:
    for stem, report in graded_class:
        page = pages[f"learners/{stem}.html"]
        text = "".join(element.text for element in page.all("main"))
        if report.error:
            assert report.error in text
        for verdict in report.verdicts:
            if verdict.outcome.value in ("failed", "error", "limit"):
                for words in (verdict.problem, *(w for row in verdict.rows for w in row)):
                    assert printable(words) in text
        pictures = [verdict.picture for verdict in report.verdicts if verdict.picture]
        maps = page.all("svg", "map")
        assert len(maps) == 3 * len(pictures)
        assert all(m.attributes["aria-label"].startswith("Heat map of ") for m in maps)
        assert len(page.all("table", "numbers")) == len(maps)


def test_a_learners_page_does_not_give_the_seed_away(tmp_path: Path, graded_class: Class) -> None:
    report = replace(graded_class[2][1], seed="secret-seed")
    write_reports(tmp_path, report.module, [("x", report)])
    assert b"secret-seed" not in (tmp_path / "learners" / "x.html").read_bytes()
    assert b"secret-seed" in (tmp_path / "index.html").read_bytes()


def test_who_cannot_see_finds_headings_labels_and_table_headers(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert page.all("html")[0].attributes["lang"] == "en"
        assert page.all("title")[0].text
        levels = [int(e.tag[1]) for e in page.elements if re.fullmatch(r"h\d", e.tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
        assert all(e.attributes.get("scope") in ("row", "col") and e.text for e in page.all("th"))
        for element in page.all("svg"):
            attributes = element.attributes
            assert attributes.get("role") == "img" or attributes.get("aria-hidden") == "true"
            assert attributes.get("aria-label") or attributes.get("aria-hidden")
        for element in page.elements:
            if element.attributes.get("tabindex"):
                assert {"aria-label", "aria-labelledby"} & element.attributes.keys()


def test_pages_of_who_is_gone_are_removed(tmp_path: Path, graded_class: Class) -> None:
    module = graded_class[0][1].module
    write_reports(tmp_path, module, graded_class[:3])
    write_reports(tmp_path, module, graded_class[1:2])
    assert [p.name for p in (tmp_path / "learners").iterdir()] == ["s01.html"]


def test_stems_of_any_kind_are_linked(tmp_path: Path, graded_class: Class) -> None:
    stems = ["a b#?&%41", "zoë", "\udce9"]
    write_reports(tmp_path, graded_class[0][1].module, [(s, graded_class[0][1]) for s in stems])
    links = [e.attributes["href"] for e in Page.read(tmp_path / "index.html").all("a")]
    found = {unquote(link, errors="surrogateescape") for link in links}
    assert {f"learners/{stem}.html" for stem in stems} <= found


def test_what_was_there_stays_whole_when_reports_end_early(
    tmp_path: Path, graded_class: Class
) -> None:
    module = graded_class[0][1].module
    write_reports(tmp_path, module, graded_class)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def broken() -> Iterator[tuple[str, Report]]:
        yield graded_class[0]
        raise CourseError("the next one is damaged")

    with pytest.raises(CourseError, match="damaged"):
        write_reports(tmp_path, module, broken())
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, graded_class: Class) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match=r"file.* cannot be written .*Choose another place"):
        write_reports(tmp_path / "file" / "out", graded_class[0][1].module, graded_class)
    (tmp_path / "out" / "index.html").mkdir(parents=True)
    with pytest.raises(CourseError, match=r"index\.html cannot be written"):
        write_reports(tmp_path / "out", graded_class[0][1].module, graded_class)
    assert [*tmp_path.rglob("*.part")] == []


def test_a_class_of_nobody_has_a_page(tmp_path: Path, graded_class: Class) -> None:
    write_reports(tmp_path, graded_class[0][1].module, [])
    page = Page.read(tmp_path / "index.html")
    assert page.all("dd")[0].text == "0"


def test_a_summary_keeps_no_verdict_and_no_picture(graded_class: Class) -> None:
    """A class of thousands is not kept in memory."""
    summary = ClassSummary(graded_class[0][1].module)
    for stem, report in graded_class:
        summary.add(stem, report)
    for one in summary.submissions:
        assert {type(value) for value in vars(one).values()} <= {str, int, bool, tuple}
    assert [one.name for one in summary.submissions] == sorted(
        (report.submission for _, report in graded_class), key=str.casefold
    )
