"""What a learner handed in: a notebook, files of the package, or both; and what of it counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from graders.course import Course, Module
from graders.errors import CourseError
from graders.submission import Submission, name_of, read_submission

from ..batch.tree import NOTEBOOK
from .assemble import assembled
from .found import look_into
from .notebook import cells_of


def reader_for(course: Course, module: Module) -> Callable[[Path], Submission]:
    """How submissions of a module are read."""
    if module.handed_in:
        return partial(read_submission, package=module.handed_in)
    return partial(read_handed, course, module)


def read_handed(course: Course, module: Module, path: Path) -> Submission:
    """Read a submission that may hold a notebook.

    Of each file of the module, the notebook's cells count where they were written in, else the file
    that lies beside the notebook (in the package or in an archive of it); the submission's note says
    which. Without a notebook it is read as ``read_submission`` does.

    Raises:
        CourseError: there is neither, or what there is cannot be read.
    """
    try:
        return _read(course, module, path)
    except CourseError:
        raise
    except Exception as error:  # whatever is wrong with one submission, the others go on
        told = f"{type(error).__name__}: {error}"
        raise CourseError(
            f"{path} cannot be read, for a reason that the course's tools do not know ({told}). Hand "
            f"in the folder {course.package}/ without a notebook, and show the notebook to whoever "
            "keeps the course."
        ) from error


def _read(course: Course, module: Module, path: Path) -> Submission:
    wanted = f"{module.folder}{NOTEBOOK}"
    try:
        found = look_into(path, course.package, wanted)
    except OSError:
        return read_submission(path, course.package)  # which says why it cannot be read
    if not found.cells:
        try:
            return read_submission(path, course.package)
        except CourseError as missing:
            if not found.notebooks:
                raise
            raise CourseError(
                f"{path}: there is no {wanted}, and no folder {course.package}/ with files in it. "
                f"Found: {', '.join(found.notebooks[:5])}. Give the notebook its name "
                "back, and hand in again."
            ) from missing
    cells = cells_of(course, module, wanted, found.cells())
    files = assembled(course, module, cells)
    beside, problem = found.beside()
    by_notebook = [f for f, (_, written) in files.items() if written or f not in beside]
    by_package = [file for file in files if file not in by_notebook]
    if problem and not any(written for _, written in files.values()):
        raise CourseError(problem)
    note = f"from the notebook {wanted}: {', '.join(by_notebook) or 'nothing'}"
    if by_package:
        note += f"; from {course.package}/: {', '.join(by_package)}"
    if passed_over := [file for file in by_notebook if file in beside]:
        note += f"; {', '.join(passed_over)} in {course.package}/ does not count beside it"
    if problem:
        note += f"; beside it, {problem}"
    mine = {file: content for file, (content, _) in files.items() if file in by_notebook}
    return Submission(name_of(path), {**beside, **mine}, f"{note}.")
