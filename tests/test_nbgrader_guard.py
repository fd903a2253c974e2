"""What keeps nbgrader, and whoever runs it, from what a submission leads to."""

from __future__ import annotations

import os
import sys
import warnings
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_notebook
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from graders.course import Course
from graders.errors import CourseError
from tools.batch import work
from tools.nbgrader import handed
from tools.nbgrader.config import config
from tools.nbgrader.guard import guard
from tools.nbgrader.verdict import Grading, work_in

from .archives import as_folder
from .conftest import HOUSE
from .small_notebooks import MODULE, NAME, with_work


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a folder whose nbgrader_config.py names this course."""
    monkeypatch.setenv("COURSE_MANIFEST", str(HOUSE / "course.toml"))


def test_too_little_isolation_names_the_option_of_nbgrader(
    weak: None, house: None, course: Course, tmp_path: Path
) -> None:
    folder = as_folder(tmp_path / "ada", {NAME: with_work()})
    with pytest.raises(CourseError) as caught:
        Grading(course.module(MODULE), "B").report(folder, "ada")
    said = str(caught.value)
    assert 'To grade all the same: c.Verdicts.require_sandbox = "D" in nbgrader_config.py.' in said
    assert "--require-sandbox" not in said
    with pytest.raises(CourseError, match=r'^c\.Verdicts\.require_sandbox = "b" in nbgrader_conf'):
        Grading(course.module(MODULE), "b").report(folder, "ada")
    assert work._warm._open is None


@pytest.mark.parametrize("place", ["", "data/", "x[y]/", ".venv/bin/"])
@pytest.mark.parametrize("kind", ["link", "broken link", "pipe", "notebook", "timestamp.txt"])
def test_what_leads_elsewhere_is_refused_before_nbgrader_reads_it(
    kind: str, place: str, tmp_path: Path
) -> None:
    """It would copy the answers to where learners get their feedback, or wait for a pipe."""
    answers = as_folder(tmp_path / "source", {"answers": b""}) / "answers"
    folder = as_folder(tmp_path / "submitted/ada/01", {f"{place}note.txt": b""})
    begun: list[str] = []

    def begin(assignment: str, student: str) -> bool:
        begun.append(student)
        return True

    converter = SimpleNamespace(
        init_destination=begin,
        _format_source=lambda assignment, student: str(
            tmp_path / "submitted" / student / assignment
        ),
    )
    guard(converter)
    assert converter.init_destination("01", "ada") is True
    name = {"notebook": NAME, "timestamp.txt": kind}.get(kind, "x")
    odd = folder / place / name
    if kind == "pipe":
        os.mkfifo(odd)
    else:
        odd.symlink_to(tmp_path / "nowhere" if "broken" in kind else answers)
    words = "is no file but a pipe" if kind == "pipe" else "is a link, and links are not"
    with pytest.raises(CourseError, match=words):
        converter.init_destination("01", "ada")
    assert begun == ["ada"]


def test_whatever_is_wrong_with_one_submission_the_others_go_on(
    house: None, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody has thought of this")

    monkeypatch.setattr(handed, "assembled", fail)
    folder = as_folder(tmp_path / "ada", {NAME: with_work()})
    made = work_in(course.module(MODULE), folder, "ada")
    assert "ZeroDivisionError: nobody has thought of this). Hand in the folder" in made.problem


CHANGED = {
    "Verdicts": '"tools.nbgrader.autograde.Verdicts",',
    "Restore": '"tools.nbgrader.autograde.Restore",',
    "HandedIn": 'c.Autograde.exporter_class = "tools.nbgrader.autograde.HandedIn"',
}


@pytest.mark.parametrize("name", [*CHANGED, "Verdicts.enabled"])
def test_a_configuration_that_lacks_what_judges_gives_nobody_points(
    name: str, course: Course, house: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nbgrader takes cells that nothing has run for cells that passed."""
    text = config(course, [course.module(MODULE)], "").replace("get_config()", "config")
    if name in CHANGED:
        assert text.count(CHANGED[name]) == 1
        text = text.replace(CHANGED[name], "")
    else:
        text += "c.Verdicts.enabled = False\n"
    settings = Config()
    monkeypatch.setattr(sys, "path", [*sys.path])
    exec(text, {"config": settings})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from nbgrader.converters import Autograde
        from nbgrader.converters.base import NbGraderException
        from nbgrader.coursedir import CourseDirectory

        coursedir = CourseDirectory(root=str(tmp_path), assignment_id=NAME)
        converter = Autograde(coursedir=coursedir, config=settings)
        exporter = converter.exporter_class(parent=converter, config=settings)
        ours = [*converter.sanitize_preprocessors, *converter.autograde_preprocessors]
        steps = [import_item(step)(parent=exporter) for step in ours if "tools." in str(step)]
        begin = converter.convert_notebooks
        if name == "HandedIn":
            begin = partial(steps[0].preprocess, new_notebook(), {})
        with pytest.raises(NbGraderException, match=f"{name.partition('.')[0]} in c.Autograde"):
            begin()
    assert not [*tmp_path.iterdir()]
