"""Stand-ins do what the parts that they stand in for do: later modules are graded on them."""

from __future__ import annotations

import pytest

from graders.course import Module
from graders.grade import Grader
from graders.manifest import load_course

from .conftest import HOUSE, MakeSubmission

pytestmark = pytest.mark.proof

COURSE = load_course(HOUSE / "course.toml")
STANDINS = HOUSE / "reference" / "standins"
FILES = sorted(path.relative_to(STANDINS).as_posix() for path in STANDINS.rglob("*.py"))
MODULE_OF = {file: module.id for module in COURSE.modules for file in module.files}


@pytest.mark.parametrize("file", [file for file in FILES if file in MODULE_OF])
def test_standin_has_all_points(
    file: str, graders: dict[str, Grader], make_submission: MakeSubmission
) -> None:
    """Each stand-in, in the place of the reference's file, passes every check of its module."""
    work = make_submission({file: (STANDINS / file).read_text(encoding="utf-8")})
    report = graders[MODULE_OF[file]].grade(work)
    assert [verdict.message for verdict in report.verdicts if verdict.message] == []
    assert report.score == report.max_score


@pytest.mark.parametrize(
    "module", [m for m in COURSE.modules if COURSE.before(m)], ids=lambda m: m.id
)
def test_module_has_all_points_though_none_before_it_can_be_imported(
    module: Module, graders: dict[str, Grader], make_submission: MakeSubmission
) -> None:
    files = [file for before in COURSE.before(module) for file in before.files]
    work = make_submission(dict.fromkeys(files, "raise NotImplementedError\n"))
    report = graders[module.id].grade(work)
    assert [verdict.message for verdict in report.verdicts if verdict.message] == []
    assert report.score == report.max_score
