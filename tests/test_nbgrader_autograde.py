"""``course nbgrader autograde``, from a shell: late work, manual cells, formgrader, a weak sandbox."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from graders.course import Course

from .browser import chromium, needs_browser
from .handed_notebooks import ALL, Maker, Places
from .hostile_notebooks import PAGE
from .jupyterlab import open_gradebook, open_submission, running_lab
from .nbgrader_course import ASSIGNMENT, nbgrader, scores
from .shell import Done, course_command

pytestmark = pytest.mark.proof

ESSAY, TASK = "essay", "task"
MORE = """
c.AssignLatePenalties.plugin_class = "nbgrader.plugins.LateSubmissionPlugin"
c.LateSubmissionPlugin.penalty_method = "zero"
"""
OF_A_PERSON = 3.5


@pytest.fixture(scope="module")
def places(
    course: Course, released_course: Path, tmp_path_factory: pytest.TempPathFactory
) -> Places:
    """A course folder whose notebook has two more cells, for people to grade, and a due date."""
    root = tmp_path_factory.mktemp("autograde") / "course"
    shutil.copytree(released_course, root)
    made = Places(root, course, course.module("01"))
    source = json.loads(made.source.read_text())
    source["cells"] += [
        _by_hand(ESSAY, solution=True, grade=True, locked=False),
        _by_hand(TASK, solution=False, grade=False, locked=True, task=True),
    ]
    made.source.write_text(json.dumps(source))
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(MORE)
    done = nbgrader(root, "generate_assignment", ASSIGNMENT, "--force")
    assert done.code == 0, done.err
    return made


def _by_hand(name: str, **marks: bool) -> dict[str, Any]:
    nbgrader_marks = {"grade_id": name, "points": 5, "schema_version": 3, "task": False} | marks
    cell = {"cell_type": "markdown", "id": name, "source": f"the {name}"}
    return cell | {"metadata": {"nbgrader": nbgrader_marks}}


@pytest.fixture(scope="module")
def graded(places: Places) -> Done:
    """What the command said, once three handed in: in time, late, and with a mistake."""

    def write_essay(notebook: dict[str, Any]) -> None:
        for cell in notebook["cells"]:
            if cell["id"] in (ESSAY, TASK):
                cell["source"] = f"my {cell['id']}\n\n{PAGE}"

    maker = Maker(places)
    maker.write("ada", ALL, maker.answers, write_essay)
    maker.write("late", ALL, maker.answers)
    maker.write("mistaken", 30, maker.mistaken("a1"))
    for name, day in (("ada", 1), ("late", 3)):
        stamp = f"2026-01-0{day} 12:00:00 UTC"
        (places.folder(name) / "timestamp.txt").write_text(stamp)
    with _gradebook(places.root) as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate="2026-01-02 12:00:00 UTC")
        book.add_student("ada")
        book.add_submission(ASSIGNMENT, "ada")
        book.find_grade(ESSAY, ASSIGNMENT, ASSIGNMENT, "ada").manual_score = OF_A_PERSON
        book.db.commit()
    return course_command(
        *("nbgrader", "autograde", ASSIGNMENT, "--course", places.root, "--jobs", "2")
    )


@contextmanager
def _gradebook(root: Path) -> Iterator[Any]:
    """By nbgrader's own interface, without what SQLAlchemy warns of in it."""
    from nbgrader.api import Gradebook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "tiny_transformer") as book:
            yield book


def test_all_are_in_the_gradebook_and_late_work_pays_for_it(places: Places, graded: Done) -> None:
    assert graded.code == 0, graded.err
    assert scores(places.root) == {"ada": 50 + OF_A_PERSON, "late": 50, "mistaken": 30}
    with _gradebook(places.root) as book:
        late = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "late")
        assert (late.late_submission_penalty, late.score) == (50, 50)
        in_time = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "ada")
        assert in_time.late_submission_penalty is None


def test_what_people_grade_is_left_to_them(places: Places, graded: Done) -> None:
    with _gradebook(places.root) as book:
        essay = book.find_grade(ESSAY, ASSIGNMENT, ASSIGNMENT, "ada")
        assert (essay.auto_score, essay.manual_score) == (None, OF_A_PERSON)
        assert essay.needs_manual_grade
        untouched = book.find_comment(ESSAY, ASSIGNMENT, ASSIGNMENT, "late")
        assert untouched.auto_comment == "No response."
        assert book.find_grade(TASK, ASSIGNMENT, ASSIGNMENT, "ada").auto_score is None
    path = places.root / "autograded" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]}
    assert cells[ESSAY] == f"my {ESSAY}\n\n{PAGE}"
    assert cells[TASK] == f"the {TASK}"  # what a task asks for is not for learners to change


def test_graders_are_not_copied_for_each_learner(places: Places, graded: Done) -> None:
    folder = places.root / "autograded" / "ada" / ASSIGNMENT
    names = {path.name for path in folder.iterdir()}
    assert names == {f"{ASSIGNMENT}.ipynb", "timestamp.txt"}


@needs_browser
def test_formgrader_shows_the_scores(
    places: Places, graded: Done, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home, profile = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("chromium")
    with running_lab(places.root, home) as lab, chromium(profile) as browser:
        shown = open_gradebook(browser, lab, ASSIGNMENT)
        assert shown == {"ada": "53.5 / 60", "late": "50 / 60", "mistaken": "30 / 60"}
        with _gradebook(places.root) as book:
            number = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "ada").id
        open_submission(browser, lab, number)
        assert f"my {ESSAY}" in browser.page_source
        assert browser.title != "mine"  # what learners write does nothing there


def test_without_the_sandbox_that_is_asked_for_nothing_is_graded(
    places: Places, graded: Done, weak: None, capfd: pytest.CaptureFixture[str]
) -> None:
    from tools.nbgrader.autograding import autograde_folder

    before = scores(places.root)
    shutil.copytree(places.folder("ada"), places.folder("unsafe"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = autograde_folder(ASSIGNMENT, places.root, 1, ["--student", "unsafe"])
    assert code == 2
    said = capfd.readouterr().err
    assert "Level B (" in said
    assert 'To grade all the same: c.Verdicts.require_sandbox = "D" in nbgrader_config.py.' in said
    assert "--require-sandbox" not in said
    assert not (places.root / "autograded" / "unsafe" / ASSIGNMENT).exists()
    assert scores(places.root) == before | {"unsafe": 0}
