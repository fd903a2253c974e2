"""A small class on module 01, really graded: right and wrong work, broken work, hostile names."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from graders.grade import Grader
from graders.mistakes import load_variants
from graders.report import OwnParts, Report
from release.build import build_copy

from .conftest import HOUSE, REFERENCE
from .test_bad_code import RAW, SDPA

MODULE = "01"
SCRIPT = "<script>alert(1)</script>&\"'"
FORMULA = '=HYPERLINK("http://127.0.0.1/","x")'
BACKWARDS = "\u202egnp.exe\u202c"
CONTROL = "\x1b[2J\r\n\tname"
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 8
HOSTILE = (SCRIPT, FORMULA, BACKWARDS, CONTROL, LONG, "שלום", "-1+1", "\ufffe\udc80")

Class = list[tuple[str, Report]]


def grade_class(grader: Grader, hasty: Grader, scratch: Path) -> Class:
    """Stems and reports, in no order. What is hostile in names is put there afterwards."""
    course, module = grader.course, grader.module

    def work(name: str, files: Mapping[str, str | bytes]) -> Path:
        package = scratch / name / course.package
        shutil.copytree(REFERENCE, package, ignore=shutil.ignore_patterns("__pycache__"))
        for path, text in files.items():
            (package / path).write_bytes(text.encode() if isinstance(text, str) else text)
        return package.parent

    stubs = build_copy(course, [module], {})
    untouched = {path: stubs[f"{course.package}/{path}"] for path in module.files}
    both = {
        "practice/attention.py": _added(RAW + "return query @ key.mT * 2", "practice/attention.py"),
        "attention.py": _mistake(grader, "a1"),
    }
    reports = [
        replace(grader.grade(work("right", {})), own_parts=OwnParts(46, 44)),
        grader.grade(work("untouched", untouched)),
        grader.grade(work("two_mistakes", both)),
        *(
            grader.grade(work(name, {"attention.py": _mistake(grader, name)}))
            for name in ("a1", "a2", "a4")
        ),
        grader.grade(work("not_a_number", {"attention.py": _added(SDPA + NAN, "attention.py")})),
        grader.grade(work("broken", {"attention.py": "def f(:"})),
        hasty.grade(
            work("endless", {"attention.py": _added(SDPA + "while 1: pass", "attention.py")})
        ),
        grader.grade(HOUSE / "nowhere"),
    ]
    for number, name in enumerate(HOSTILE):
        made = reports[number % len(reports)]
        reports.append(replace(made, submission=name))
    named = {report.submission: report for report in reports}
    return [(f"s{number:02}", report) for number, report in enumerate(named.values())]


NAN = "return value * float('nan'), query @ key.mT * float('-inf')"


def _mistake(grader: Grader, mistake: str) -> str:
    variants = load_variants(grader.course, grader.module)
    return next(v for v in variants if v.mistake.id == mistake).apply(REFERENCE)


def _added(code: str, path: str) -> str:
    return f"{(REFERENCE / path).read_text(encoding='utf-8')}\n\n{code}\n"
