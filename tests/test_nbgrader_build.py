"""nbgrader's course folder: accepted by nbgrader itself, the same each time, and without answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest

from graders.course import Course
from graders.errors import CourseError
from release.build import solutions_of
from release.leaks import find_leaks
from tools.nbgrader import build, building
from tools.nbgrader.cells import points_id, solution_id
from tools.nbgrader.config import config

from .nbgrader_course import ASSIGNMENT, nbgrader
from .shell import course_command

pytestmark = pytest.mark.proof


def marks(path: Path) -> dict[str, dict[str, object]]:
    cells = json.loads(path.read_text())["cells"]
    return {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in cells}


def test_each_exercise_has_a_cell_for_its_solution_and_one_for_its_points(
    released_course: Path, course: Course
) -> None:
    cells = marks(released_course / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    for exercise in course.module("01").exercises:
        solution, tests = cells[solution_id(exercise.id)], cells[points_id(exercise.id)]
        assert "### BEGIN SOLUTION" in "".join(solution["source"])  # type: ignore[arg-type]
        assert "### BEGIN HIDDEN TESTS" in "".join(tests["source"])  # type: ignore[arg-type]
        assert tests["metadata"]["nbgrader"]["points"] == exercise.points  # type: ignore[index]


def test_nbgrader_validates_the_source_and_not_the_release(released_course: Path) -> None:
    source = nbgrader(released_course, "validate", f"source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")
    assert "Success! Your notebook passes all the tests." in source.out
    release = nbgrader(released_course, "validate", f"release/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")
    assert "VALIDATION FAILED ON 13 CELL(S)" in release.out


def test_what_is_released_holds_no_answer_and_no_hidden_test(
    released_course: Path, course: Course
) -> None:
    released = released_course / "release" / ASSIGNMENT
    files = {
        path.relative_to(released).as_posix(): path.read_bytes()
        for path in released.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert find_leaks(solutions_of(course, course.modules), files) == []
    notebook = files[f"{ASSIGNMENT}.ipynb"].decode()
    assert "hidden=True" not in notebook
    assert notebook.count("NotImplementedError") >= 13
    assert "reference" not in {name.split("/")[0] for name in files}


@pytest.mark.parametrize("number", [f"{n:02}" for n in range(1, 8)])
def test_notebooks_of_all_modules_are_whole_and_the_same_each_time(
    course: Course, number: str
) -> None:
    module = course.module(number)
    made = build.notebook(course, module)
    assert build.notebook(course, module) == made
    cells = nbformat.reads(made.decode(), as_version=4)
    nbformat.validate(cells)
    texts = "\n".join(cell.source for cell in cells.cells if cell.cell_type == "markdown")
    assert re.findall(r"\]\((?!https:)", texts) == []  # no page of the course lies beside it
    names = [cell.metadata.nbgrader.grade_id for cell in cells.cells]
    assert len(names) == len({*names})
    released = build.released(made)
    assert find_leaks(solutions_of(course, course.modules), {"a.ipynb": released}) == []
    assert b"from ." not in made  # a notebook is in no package


def test_a_solution_that_learners_would_see_is_refused(course: Course) -> None:
    module = course.module("01")
    answer = "dropped = weights if dropout is None else dropout(weights)"
    files = {f"{module.folder}.ipynb": build.notebook(course, module), "note.py": answer.encode()}
    with pytest.raises(CourseError, match=r"note\.py, line 1"):
        build._refuse_leaks(course, module, files)


def test_configuration_names_the_database_and_what_may_be_handed_in(course: Course) -> None:
    text = config(course, [course.module("03")], "postgresql://example/book")
    assert "c.CourseDirectory.db_url = 'postgresql://example/book'" in text
    assert "'tiny_transformer/transformer_block.py'" in text
    assert "'tiny_transformer/attention.py'" in text  # of an earlier module
    assert 'Execute"' not in text
    assert "db_url" not in config(course, [course.module("01")], "")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    done = course_command("nbgrader", "build", "12", "--out", tmp_path)
    assert done.code == 2
    assert "no module" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    done = course_command("nbgrader", "autograde", ASSIGNMENT, "--course", tmp_path)
    assert done.code == 2
    assert "There is no nbgrader_config.py" in done.err


def test_what_the_instructor_changed_in_the_folder_is_kept(tmp_path: Path) -> None:
    files = {"nbgrader_config.py": b"first", "source/a.ipynb": b"first"}
    building.write_folder(files, tmp_path / "course", force=False)
    (tmp_path / "course" / "nbgrader_config.py").write_bytes(b"mine")
    renewed = dict.fromkeys(files, b"second")
    with pytest.raises(CourseError, match="There is a course folder of nbgrader in"):
        building.write_folder(renewed, tmp_path / "course", force=False)
    written = building.write_folder(renewed, tmp_path / "course", force=True)
    assert written.kept == ("nbgrader_config.py",)
    assert (tmp_path / "course" / "nbgrader_config.py").read_bytes() == b"mine"
    assert (tmp_path / "course" / "source" / "a.ipynb").read_bytes() == b"second"
