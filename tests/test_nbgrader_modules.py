"""Another module than 01 by nbgrader's own commands, from the source to the points."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graders.course import Course
from graders.mistakes import load_variants
from tools.nbgrader.build import build_course
from tools.nbgrader.building import write_folder

from .handed_notebooks import ALL, NONE, Maker, Places
from .nbgrader_course import nbgrader, scores

pytestmark = pytest.mark.proof

MODULE = "02"  # whose layer builds on one of 01


@pytest.fixture(scope="module")
def places(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Places:
    """The course folder of the module, released."""
    module = course.module(MODULE)
    places = Places(tmp_path_factory.mktemp("module") / "course", course, module)
    write_folder(build_course(course, [module], ""), places.root, force=False)
    done = nbgrader(places.root, "generate_assignment", module.folder)
    assert done.code == 0, done.err
    return places


def validated(places: Places, notebook: Path) -> str:
    return nbgrader(places.root, "validate", str(notebook.relative_to(places.root))).out


def test_the_source_is_valid_and_the_release_nowhere(places: Places) -> None:
    assert "Success! Your notebook passes all the tests." in validated(places, places.source)
    released = places.release / places.source.name
    count = len(places.module.exercises)
    assert f"VALIDATION FAILED ON {count} CELL(S)" in validated(places, released)


def test_work_has_the_points_that_it_deserves(places: Places) -> None:
    module = places.module
    maker = Maker(places)
    variant = next(
        v
        for v in load_variants(places.course, module)
        if maker.answers[v.mistake.exercise].count(v.replace) == 1
    )
    exercise = module.exercise(variant.mistake.exercise)
    wrong = maker.answers[exercise.id].replace(variant.replace, variant.by)
    maker.write("right", ALL, maker.answers)
    maker.write("mistaken", exercise.id, {**maker.answers, exercise.id: wrong})
    maker.write("untouched", NONE, {})
    done = nbgrader(places.root, "autograde", module.folder)
    assert done.code == 0, done.err[-3000:]
    found = scores(places.root, module.folder)
    assert (found["right"], found["untouched"]) == (module.points, 0)
    assert 0 < found["mistaken"] < module.points
    page = places.root / "autograded" / "mistaken" / module.folder / places.source.name
    assert variant.mistake.title in re.sub(r'\\n|"|\s+', " ", page.read_text())
