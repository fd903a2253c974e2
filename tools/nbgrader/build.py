"""Make nbgrader's course folder from the single source."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from graders.check import load_checks
from graders.course import Course, Module
from graders.errors import CourseError
from graders.fingerprint import release_id
from graders.goldens import FOLDER
from graders.grade import scenario_modules
from graders.manifest import MANIFEST
from graders.worker.launch import launcher
from release.build import build_copy, solutions_of
from release.leaks import find_leaks
from release.proof import record_answers

from ..batch.tree import NOTEBOOK
from .cells import STUB, pieces_of, points_id, solution_id
from .config import CONFIG, config
from .intro import heading, introduction
from .notebook import CODE, GIVEN, MARKDOWN
from .statements import statements_of

SOURCE = "source"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
IMPORT = "from graders.notebook import check"
TESTS = """check({exercise})
### BEGIN HIDDEN TESTS
check({exercise}, hidden=True)
### END HIDDEN TESTS"""


def build_course(course: Course, modules: Sequence[Module], database: str) -> dict[str, bytes]:
    """The files of a course folder of nbgrader, by path. The same course gives the same bytes.

    Args:
        modules: each becomes an assignment with one notebook.
        database: URL of the gradebook; "" is nbgrader's own choice, a file in the folder.

    Raises:
        CourseError: the reference is not as it should be, or a solution could be seen.
    """
    files = {CONFIG: config(course, modules, database).encode()}
    recorded = _recorded(course, modules)
    for module in modules:
        made = _assignment(course, module, recorded)
        _refuse_leaks(course, module, made)
        folder = f"{SOURCE}/{module.folder}"
        files |= {f"{folder}/{path}": content for path, content in made.items()}
    return dict(sorted(files.items()))


def _recorded(course: Course, modules: Sequence[Module]) -> dict[str, bytes]:
    checks = [check for module in modules for check in load_checks(module)]
    workers = launcher(course.limits, scenario_modules(checks))
    try:
        return record_answers(course, modules, release_id(course), workers)
    finally:
        workers.close()


def _assignment(course: Course, module: Module, goldens: Mapping[str, bytes]) -> dict[str, bytes]:
    """A notebook with its answers, and what it needs beside it: checks and recorded answers."""
    golden = f"{FOLDER}/{module.folder}.safetensors"
    copy = build_copy(course, [module], {golden: goldens[golden]})
    package = f"{course.package}/"
    own = {f"{package}{file}" for file in module.files}
    # what a package that is being written re-exports cannot be imported
    own |= {f"{package}{PurePosixPath(file).parent}/__init__.py" for file in module.files}
    needed = ("graders/", MANIFEST, golden, *([package] if course.before(module) else []))
    beside = {p: c for p, c in copy.items() if p.startswith(needed) and p not in own}
    return {f"{module.folder}{NOTEBOOK}": notebook(course, module), **beside}


def notebook(course: Course, module: Module) -> bytes:
    """The notebook of a module, with the answers, as nbgrader's source.

    Raises:
        CourseError: an exercise stands in its file before one that comes earlier in the manifest.
    """
    cells = [
        _cell("text-introduction", introduction(course, module), MARKDOWN),
        _cell(f"{GIVEN}setup", IMPORT),
    ]
    waiting = {file: [*pieces_of(course, module, file)] for file in module.files}
    for file, pieces in waiting.items():
        head = _importable(course, module, file, pieces.pop(0).text)
        cells.append(_cell(GIVEN + file.removesuffix(".py").replace("/", "-"), head))
    for exercise in module.exercises:
        cells.append(_cell(f"text-{exercise.id.replace('.', '-')}", heading(exercise), MARKDOWN))
        pieces = waiting[exercise.file]
        while pieces and pieces[0].exercise is None:
            given = pieces.pop(0)
            cells.append(_cell(f"{GIVEN}{given.name}", given.text))
        solution = pieces.pop(0)
        if solution.exercise != exercise:
            raise CourseError(
                f"reference/{course.package}/{exercise.file}: {exercise.id} is not in the order of "
                f"{MANIFEST}, in which the cells of a notebook stand. Move it in one of the two."
            )
        cells.append(_cell(solution_id(exercise.id), solution.text, solution=True))
        tests = TESTS.format(exercise=json.dumps(exercise.id))
        cells.append(_cell(points_id(exercise.id), tests, points=exercise.points))
    for pieces in waiting.values():
        cells += [_cell(f"{GIVEN}{given.name}", given.text) for given in pieces]
    made = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    return f"{nbformat.writes(made)}\n".encode()


def _cell(
    name: str, text: str, kind: str = CODE, solution: bool = False, points: int | None = None
) -> NotebookNode:
    """A cell as nbgrader knows it: a solution, tests that are worth points, or given text."""
    marks: dict[str, Any] = {"schema_version": 3, "grade_id": name, "task": False}
    marks |= {"grade": points is not None, "solution": solution, "locked": not solution}
    if points is not None:
        marks["points"] = points
    made = new_code_cell(text) if kind == CODE else new_markdown_cell(text)
    made.id = name  # by itself it would be another one each time
    made.metadata["nbgrader"] = marks
    return made


def _importable(course: Course, module: Module, file: str, head: str) -> str:
    """The imports and constants of a file, for a notebook, which is not in the package.

    What other files of the module define is there already, in the same notebook.
    """
    folder = [course.package, *file.split("/")[:-1]]
    mine = {f"{course.package}/{other}"[:-3].replace("/", ".") for other in module.files}
    lines = []
    for statement in statements_of(head):
        node, text = statement.node, statement.text
        if isinstance(node, ast.Expr):  # the docstring
            continue
        found = re.search(r"\bfrom (\.+)([\w.]*) import ", text)
        if found:
            around = folder[: len(folder) - len(found[1]) + 1]
            target = ".".join([*around, *filter(None, [found[2]])])
            if target in mine:
                if isinstance(node, ast.ImportFrom):
                    continue
                raise CourseError(
                    f"reference/{course.package}/{file}: `{found[0].strip()}` is of the same module "
                    "and stands inside another statement, which a notebook cannot have. Let it "
                    "stand alone."
                )
            text = text.replace(found[0], f"from {target} import ")
        lines.append(text)
    return "\n".join(["from __future__ import annotations", "", *lines])


def released(notebook_bytes: bytes) -> bytes:
    """What ``nbgrader generate_assignment`` makes of a source notebook, by its own preprocessors."""
    from nbgrader import preprocessors as steps
    from traitlets.config import Config

    made = nbformat.reads(notebook_bytes.decode(), as_version=4)
    settings = Config({"ClearSolutions": {"code_stub": {"python": STUB}}})
    for step in (steps.ClearSolutions, steps.ClearHiddenTests):
        made, _ = step(config=settings).preprocess(made, {})
    return nbformat.writes(made).encode()


def _refuse_leaks(course: Course, module: Module, files: Mapping[str, bytes]) -> None:
    name = f"{module.folder}{NOTEBOOK}"
    leaks = find_leaks(solutions_of(course, course.modules), {**files, name: released(files[name])})
    if leaks:
        raise CourseError(
            f"Learners would see parts of solutions in what module {module.id} is released with, so "
            "nothing was written. Reword these: " + "; ".join(map(str, leaks[:5]))
        )
