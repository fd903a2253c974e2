"""Right work passes, however it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.grade import Grader
from graders.manifest import load_course

from .conftest import HOUSE, MakeSubmission

SOLUTIONS = HOUSE / "tests" / "solutions"
COURSE = load_course(HOUSE / "course.toml")
STYLES = sorted(
    style for module in COURSE.modules for style in (SOLUTIONS / module.folder).iterdir()
)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: f"{style.parent.name}-{style.name}")
def test_solution_of_another_style_has_all_points(
    style: Path, graders: dict[str, Grader], make_submission: MakeSubmission
) -> None:
    files = {p.relative_to(style).as_posix(): p.read_text() for p in style.rglob("*.py")}
    report = graders[style.parent.name[:2]].grade(make_submission(files))
    assert [verdict.message for verdict in report.verdicts if verdict.message] == []
    assert report.score == report.max_score


@pytest.mark.parametrize("module", [module.id for module in COURSE.modules])
def test_reference_has_all_points(module: str, graders: dict[str, Grader]) -> None:
    report = graders[module].grade(HOUSE / "reference")
    assert (report.outcome, report.score) == ("graded", COURSE.module(module).points)


@pytest.mark.parametrize("module", COURSE.modules, ids=lambda module: module.id)
def test_every_core_file_has_solutions_in_several_styles(module) -> None:  # type: ignore[no-untyped-def]
    for file in module.files:
        styles = [s for s in STYLES if s.parent.name == module.folder and (s / file).is_file()]
        assert len(styles) >= 3, f"{file}: {[s.name for s in styles]}"
