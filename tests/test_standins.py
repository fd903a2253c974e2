"""Each stand-in passes all checks of the file that it stands in for."""

from __future__ import annotations

import pytest

from graders.grade import Grader
from graders.manifest import load_course

from .conftest import HOUSE, MakeSubmission

STANDINS = HOUSE / "reference" / "standins"
COURSE = load_course(HOUSE / "course.toml")
FILES = {
    file: module.id
    for module in COURSE.modules
    for file in module.files
    if (STANDINS / file).is_file()
}


@pytest.mark.parametrize("file", FILES)
def test_standin_has_all_points(
    file: str, graders: dict[str, Grader], make_submission: MakeSubmission
) -> None:
    report = graders[FILES[file]].grade(make_submission({file: (STANDINS / file).read_text()}))
    assert [verdict.message for verdict in report.verdicts if verdict.message] == []
    assert report.score == report.max_score
