"""What nbgrader's ``autograde`` calls in place of its own: learners' code runs in our worker.

Of a notebook that was handed in only what the learner wrote is taken over; all else is as it was
given out. Nothing of it is run by nbgrader: each cell with points gets what our worker came to, in
the form in which nbgrader reads scores.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader import api, utils
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from sqlalchemy.exc import SAWarning
from traitlets import Integer, Unicode
from traitlets.log import get_logger

from graders.course import Module
from graders.errors import CourseError, printable
from graders.goldens import FOLDER
from graders.manifest import MANIFEST

from .ahead import judged_ahead, module_of
from .cells import cleared, points_id
from .config import CONFIG, configured_course
from .guard import guard, require_gradebook
from .notebook import CODE, MARKDOWN, RAW, Cell, read_notebook, solving
from .outcome import NOT_OURS, outputs_of, outputs_of_zero
from .verdict import Grading

MAKE = {CODE: new_code_cell, MARKDOWN: new_markdown_cell, RAW: new_raw_cell}
# what `course nbgrader build` puts beside a notebook for `check` in a learner's Jupyter alone
BESIDE = ("graders", FOLDER.partition("/")[0], MANIFEST)
Resources = dict[str, Any]
Passed = tuple[NotebookNode, Resources]


def _folder(exporter: Any, resources: Resources) -> Path:
    """Where the submission lies that is being graded."""
    named, coursedir = resources["nbgrader"], exporter.parent.coursedir
    return Path(
        coursedir.format_path(coursedir.submitted_directory, named["student"], named["assignment"])
    )


def _module(resources: Resources) -> Module:
    assignment = resources["nbgrader"]["assignment"]
    module = module_of(configured_course(), assignment)
    if module and module.folder == resources["nbgrader"]["notebook"]:
        return module
    raise CourseError(
        f"{assignment}/{resources['nbgrader']['notebook']} is no module of the course, whose graders "
        "this folder's nbgrader_config.py has asked for. Grade it in a course folder of its own."
    )


def say_what_is_missing(notebooks: list[str], **_: Any) -> None:
    """Before a submission is graded: a notebook under another name is one that nobody finds."""
    for folder in {Path(notebook).parent for notebook in notebooks}:
        wanted = folder / f"{folder.name}.ipynb"
        if not wanted.exists():
            found = printable(", ".join(sorted(Path(notebook).name for notebook in notebooks)))
            get_logger().error(
                "%s is not there, and nothing is graded. Found: %s. Give the notebook its name back.",
                wanted,
                found,
            )


class HandedIn(NotebookExporter):
    """Reads notebooks for ``Autograde``, but not those that learners handed in: ``Restore`` does.

    ``Autograde`` makes it when it starts. From then on it copies only what is a learner's work, and
    not the graders beside it: nothing is run where it copies to. What it will come to is judged
    while it goes through what was judged.
    """

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        converter: Any = self.parent
        coursedir = converter.coursedir
        coursedir.ignore = [*coursedir.ignore, *BESIDE]
        guard(converter)
        self._convert = converter.convert_notebooks
        converter.convert_notebooks = self._convert_judged

    def _convert_judged(self) -> None:
        _require_ours(self)
        how = Verdicts(parent=self)
        with judged_ahead(self.parent, how.require_sandbox, how.seed, how.jobs):
            require_gradebook(self.parent)
            with _one_engine(), warnings.catch_warnings():
                warnings.simplefilter("ignore", SAWarning)  # about nbgrader's own queries
                self._convert()

    def from_file(self, file_stream: Any, resources: Any = None, **kw: Any) -> Any:
        """A notebook, or an empty one in place of what is not yet restored."""
        if Path(resources["metadata"]["path"]) == _folder(self, resources):
            return self.from_notebook_node(new_notebook(), resources, **kw)
        return super().from_file(file_stream, resources, **kw)


def _require_ours(exporter: Any) -> None:
    """Without one of these nbgrader takes a cell that was never run for one that passed."""
    converter: Any = exporter.parent
    lists = converter.sanitize_preprocessors, converter.autograde_preprocessors
    for option, ours, there in (
        ("exporter_class", HandedIn, isinstance(exporter, HandedIn)),
        ("sanitize_preprocessors", Restore, _is_on(Restore, lists[0], exporter)),
        ("autograde_preprocessors", Verdicts, _is_on(Verdicts, lists[1], exporter)),
    ):
        if not there:
            problem = (
                f"{CONFIG} must name {ours.__module__}.{ours.__name__} in c.Autograde.{option}, and "
                "not switch it off: without it notebooks get points that they do not deserve. Put it "
                "back, as `course nbgrader build` writes it; nothing was graded."
            )
            converter.log.error("%s", problem)
            raise NbGraderException(problem)


def _is_on(step: type[NbGraderPreprocessor], steps: list[Any], exporter: Any) -> bool:
    named = step in steps or f"{step.__module__}.{step.__name__}" in steps
    return named and step(parent=exporter).enabled


class Restore(NbGraderPreprocessor):  # type: ignore[misc] # nbgrader has no types
    """The notebook as it was given out, with what the learner wrote.

    Of cells with a ``grade_id`` of the source it takes the text of those that learners may edit, and
    behind each the cells that the learner added. What is missing is there as it was given out; what
    cannot be read at all leaves nothing but that.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Passed:
        """Called once for each notebook, before all else."""
        _require_ours(self.parent)
        module, folder = _module(resources), _folder(self.parent, resources)
        coursedir = self.parent.parent.coursedir
        source = Path(coursedir.format_path(coursedir.source_directory, ".", module.folder))
        given = nbformat.read(source / f"{module.folder}.ipynb", as_version=4)
        try:
            cells = read_notebook(folder / f"{module.folder}.ipynb")
        except CourseError as problem:
            self.log.error("%s: %s", folder, problem)
            cells = []
        nb.metadata.update(given.metadata)
        nb.cells = _restored(module, given, cells)
        return nb, resources


def _restored(module: Module, given: NotebookNode, cells: list[Cell]) -> list[NotebookNode]:
    ours = {cell.metadata.nbgrader.grade_id: cell for cell in given.cells if _is_marked(cell)}
    places = {cell.grade_id: n for n, cell in enumerate(cells) if cell.grade_id in ours}
    places |= solving(module, cells)
    after: dict[str, list[NotebookNode]] = {}
    latest = ""
    names = {number: name for name, number in places.items()}
    for number, cell in enumerate(cells):
        if number in names:
            latest = names[number]
        elif cell.grade_id not in ours:
            made = MAKE[cell.kind](cell.source, id=f"added-{number}")
            after.setdefault(latest, []).append(made)
    restored = [*after.get("", [])]
    for cell in given.cells:
        name = cell.metadata.nbgrader.grade_id if _is_marked(cell) else ""
        written = cells[places[name]] if name in places else None
        if name and utils.is_solution(cell):
            if written and written.kind == cell.cell_type:
                cell.source = written.source
                if written.attachments:
                    cell.attachments = written.attachments
            else:
                cell.source = cleared(cell.source)
        restored += [cell, *after.get(name, [])] if name else [cell]
    return restored


def _is_marked(cell: NotebookNode) -> bool:
    return "grade_id" in cell.metadata.get("nbgrader", {})


class Verdicts(NbGraderPreprocessor):  # type: ignore[misc] # nbgrader has no types
    """Gives each cell with tests what our worker came to, in place of ``Execute``.

    Manual answers and tasks stay as they are.
    """

    require_sandbox = Unicode(
        "B", help="The least isolation of learners' code, A to D; with less, nothing is graded."
    ).tag(config=True)
    seed = Unicode("", help="Seed of the inputs, to repeat an earlier grading.").tag(config=True)
    jobs = Integer(
        0, min=0, help="Processes in all, nbgrader's own among them; 0 is one for each core."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Passed:
        """Called once for each notebook, after it was restored."""
        _require_ours(self.parent)
        module, folder = _module(resources), _folder(self.parent, resources)
        grading = Grading(module, self.require_sandbox, self.seed)
        report = grading.report(folder, resources["nbgrader"]["student"])
        if report.error:
            self.log.error("%s could not be graded: %s", report.submission, report.error)
        exercises = {points_id(exercise.id): exercise for exercise in module.exercises}
        for cell in nb.cells:
            if cell.cell_type != CODE:
                continue
            cell.outputs, cell.execution_count = [], None
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in exercises:
                cell.outputs = outputs_of(report, exercises[name])
            elif utils.is_grade(cell) and not utils.is_solution(cell):
                self.log.error("%s: %s", name, NOT_OURS)
                cell.outputs = outputs_of_zero(NOT_OURS)
        return nb, resources


class SaveAtOnce(SaveAutoGrades):  # type: ignore[misc] # nbgrader has no types
    """Saves what ``SaveAutoGrades`` does, all of a notebook in one transaction or nothing of it.

    By itself it makes one for each cell, and waits for the disk each time.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Passed:
        """Called once for each notebook, after it has its outputs."""
        with ExitStack() as self._open:
            return super().preprocess(nb, resources)

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, cell_index: int) -> Any:
        """Called for each cell, in order, while the gradebook is open."""
        if cell_index == 0:
            self._open.enter_context(_in_one(self.gradebook))
        return super().preprocess_cell(cell, resources, cell_index)


@contextmanager
def _in_one(gradebook: Any) -> Iterator[None]:
    """What is committed inside counts when this ends."""
    with gradebook.engine.begin() as connection:
        gradebook.db.remove()
        gradebook.db.configure(bind=connection)
        yield


@contextmanager
def _one_engine() -> Iterator[None]:
    """While it lasts, all of nbgrader's gradebooks at one URL share what is compiled for them.

    It opens one eight times for each notebook, and each would compile the same queries again.
    """
    make = api.create_engine
    api.create_engine = cache(make)
    try:
        yield
    finally:
        api.create_engine = make
