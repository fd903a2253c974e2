"""What stands in for a learner's earlier work is right itself."""

from __future__ import annotations

import pytest

from graders.grade import Grader
from graders.manifest import Module, load_course

from .conftest import HOUSE, MakeSubmission

COURSE = load_course(HOUSE / "course.toml")
STANDINS = HOUSE / "reference" / "standins"


@pytest.mark.parametrize("module", COURSE.modules, ids=lambda module: module.id)
def test_stand_ins_have_all_points(
    module: Module, graders: dict[str, Grader], make_submission: MakeSubmission
) -> None:
    """All stand-ins together, as a submission, get all points of each module that has some."""
    files = {p.relative_to(STANDINS).as_posix(): p.read_text() for p in STANDINS.rglob("*.py")}
    files.pop("__init__.py", None)
    if not files.keys() & {*module.files}:
        pytest.skip("no stand-ins")
    report = graders[module.id].grade(make_submission(files))
    assert [verdict.message for verdict in report.verdicts if verdict.message] == []
    assert report.score == report.max_score
