"""What a learner handed in: a notebook, files of the package, or both; and what of it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from graders import bounds
from graders.archive import read_archive
from graders.errors import CourseError
from graders.manifest import Course, Module
from graders.submission import ARCHIVE_ENDING, Submission, name_of, read_submission

from .assemble import assembled
from .notebook import cells_of, read_notebook

NOTEBOOK = ".ipynb"


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
    wanted = f"{module.folder}{NOTEBOOK}"
    notebooks = [*_notebooks(path)]
    named = [notebook for notebook in notebooks if notebook.name == wanted]
    if not named:
        try:
            return read_submission(path, course.package)
        except CourseError as missing:
            if not notebooks:
                raise
            raise CourseError(
                f"{path}: there is no {wanted}, and no folder {course.package}/ with files in it. "
                f"Found: {', '.join(n.name for n in notebooks[:5])}. Give the notebook its name "
                "back, and hand in again."
            ) from missing
    notebook = named[0]
    cells = cells_of(course, module, notebook.name, read_notebook(notebook))
    files = assembled(course, module, cells)
    beside, problem = _beside(notebook.parent, course.package)
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


def _notebooks(path: Path) -> Iterator[Path]:
    """The notebooks in a folder, the nearest ones first."""
    level = [path] if path.is_dir() else []
    seen = 0
    for _ in range(bounds.DEPTH):
        below: list[Path] = []
        for folder in level:
            try:
                entries = sorted(folder.iterdir())
            except OSError:
                continue  # whoever reads the submission says so
            for entry in entries:
                seen += 1
                if seen > bounds.MAX_ENTRIES or bounds.passed_over([entry.name]):
                    continue
                if entry.suffix == NOTEBOOK and not entry.is_dir():
                    yield entry
                elif entry.is_dir() and not entry.is_symlink():
                    below.append(entry)
        level = below


def _beside(folder: Path, package: str) -> tuple[dict[str, bytes], str]:
    """The files of a package in this folder or in an archive in it; and what is wrong with it."""
    try:
        if (folder / package).is_dir():
            return {**read_submission(folder, package).files}, ""
        archives = [path for path in sorted(folder.iterdir()) if ARCHIVE_ENDING.search(path.name)]
        if len(archives) > 1:
            names = ", ".join(path.name for path in archives[:5])
            return {}, f"there are {len(archives)} archives ({names}); hand in one."
        return ({**read_archive(archives[0], package)}, "") if archives else ({}, "")
    except OSError as error:
        return {}, f"{folder} cannot be read ({error.strerror})."
    except CourseError as problem:
        return {}, str(problem)
