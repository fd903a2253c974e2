"""Every known mistake of every module fails, and is called by its name."""

from __future__ import annotations

import pytest

from graders.grade import Grader
from graders.manifest import load_course
from graders.mistakes import Variant, load_variants
from graders.outcomes import Outcome

from .conftest import HOUSE, MakeSubmission

COURSE = load_course(HOUSE / "course.toml")
VARIANTS = [variant for module in COURSE.modules for variant in load_variants(COURSE, module)]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_mistake_fails_and_is_named(
    variant: Variant, graders: dict[str, Grader], make_submission: MakeSubmission
) -> None:
    """A learner who makes this mistake loses points on its exercise and reads its name."""
    package = COURSE.root / "reference" / COURSE.package
    work = make_submission({variant.file: variant.apply(package)})
    report = graders[COURSE.module_of(variant.mistake.exercise).id].grade(work)
    verdicts = report.of_exercise(variant.mistake.exercise)
    failed = [v for v in verdicts if v.outcome in (Outcome.FAILED, Outcome.ERROR)]
    assert failed, "the mistake gets all points"
    named = {mistake.id for verdict in failed for mistake in verdict.diagnosis}
    assert variant.mistake.id in named


def test_every_exercise_has_a_known_mistake() -> None:
    exercises = {exercise.id for module in COURSE.modules for exercise in module.exercises}
    assert exercises == {variant.mistake.exercise for variant in VARIANTS}
