"""Reports as JUnit XML (pytest's xunit2 names), one ``testsuite`` per submission."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator

from graders.judge import Verdict
from graders.outcomes import Outcome
from graders.report import Report

HEAD = b"<?xml version='1.0' encoding='utf-8'?>\n<testsuites>\n"
FOOT = b"</testsuites>\n"
KINDS = {
    Outcome.FAILED: "failure",
    Outcome.ERROR: "error",
    Outcome.LIMIT: "error",
    Outcome.NOT_STARTED: "skipped",
}
_NOT_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(reports: Iterable[Report]) -> Iterator[bytes]:
    """All reports as one document, in pieces."""
    yield HEAD
    yield from map(junit_suite, reports)
    yield FOOT


def junit_suite(report: Report) -> bytes:
    """One report, as it stands between ``HEAD`` and ``FOOT``."""
    kinds = [KINDS.get(verdict.outcome, "passed") for verdict in report.verdicts]
    not_graded = bool(report.error)
    suite = ElementTree.Element(
        "testsuite",
        name=_xml(report.submission),
        tests=str(len(kinds) + not_graded),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error") + not_graded),
        skipped=str(kinds.count("skipped")),
        time=f"{report.seconds:.3f}",
    )
    about = {
        "module": report.module.id,
        "score": report.score,
        "max_score": report.max_score,
        "outcome": report.outcome,
        "release": report.release,
        "sandbox": report.sandbox.get("level", ""),
    }
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in about.items():
        ElementTree.SubElement(properties, "property", name=name, value=str(value))
    if not_graded:
        case = ElementTree.SubElement(suite, "testcase", classname="course", name="graded")
        ElementTree.SubElement(case, "error", message=_xml(report.error))
    for verdict in report.verdicts:
        _case(suite, verdict)
    ElementTree.indent(suite, level=1)
    return b"  " + ElementTree.tostring(suite, encoding="unicode").encode() + b"\n"


def _case(suite: ElementTree.Element, verdict: Verdict) -> None:
    exercise, _, name = verdict.check.id.partition("/")
    case = ElementTree.SubElement(suite, "testcase", classname=exercise, name=name)
    kind = KINDS.get(verdict.outcome)
    if kind:
        text = _xml(verdict.message)
        element = ElementTree.SubElement(case, kind, message=text.splitlines()[0])
        element.text = text


def _xml(text: str) -> str:
    """``text`` without the characters that XML 1.0 cannot hold."""
    return _NOT_XML.sub("?", text)
