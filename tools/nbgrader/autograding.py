"""What ``course nbgrader autograde`` does: nbgrader's own run, begun sooner."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from traitlets.config.loader import PyFileConfigLoader

from graders.course import Course, Module
from graders.errors import CourseError
from graders.worker.protection import ENOUGH

from ..cores import usable_cores
from .ahead import Beside, processes_beside
from .building import require_nbgrader
from .config import CONFIG, configured_course

DONE, FAILED = 0, 2


def autograde_folder(assignment: str, folder: Path, jobs: int | None, arguments: list[str]) -> int:
    """``nbgrader autograde`` in a course folder, whose processes start while it is imported.

    Only nbgrader itself writes to the gradebook, one submission after the other.

    Args:
        jobs: processes in all, nbgrader's own among them; None is one for each core.
        arguments: more of nbgrader's own.

    Returns:
        the exit code.

    Raises:
        CourseError: nbgrader is missing, this is no course folder, there is no such assignment, or
            nothing can be graded.
    """
    require_nbgrader()
    if not (folder / CONFIG).is_file():
        raise CourseError(
            f"There is no {CONFIG} in {folder.resolve()}. Run this in a folder that `course nbgrader build` "
            "has made, or name one with --course."
        )
    jobs = jobs or max(2, usable_cores())
    with _inside(folder), ExitStack() as stack:
        config = PyFileConfigLoader(CONFIG, ".").load_config().Verdicts
        module = _module(configured_course(), assignment)
        level, seed = str(config.get("require_sandbox", ENOUGH)), str(config.get("seed", ""))
        if jobs > 1:
            beside = processes_beside(jobs - 1, module, level, seed)
            stack.enter_context(_early(stack.enter_context(beside)))
        app = _initialized([module.folder, f"--Verdicts.jobs={jobs}", *arguments])
        stack.callback(app.clear_instance)
        return _run(app)


@contextmanager
def _early(beside: Beside) -> Iterator[None]:
    Beside.early = beside
    try:
        yield
    finally:
        Beside.early = None


def _initialized(arguments: list[str]) -> Any:
    """nbgrader's own application, with its configuration read."""
    # jsonschema then leaves out a check of addresses in notebooks, which nobody asks for, and whose
    # grammars take as long to be made as all else that nbgrader imports
    hidden = "rfc3987_syntax"
    known = sys.modules.get(hidden)
    sys.modules[hidden] = None  # type: ignore[assignment] # so that it is not found
    try:
        from nbgrader.apps.autogradeapp import AutogradeApp
    finally:
        del sys.modules[hidden]
        if known:
            sys.modules[hidden] = known
    app = AutogradeApp.instance()  # which is the one that all others log to
    app.initialize(arguments)
    return app


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _module(course: Course, assignment: str) -> Module:
    for module in course.modules:
        if assignment in (module.folder, module.id):
            return module
    known = ", ".join(module.folder for module in course.modules)
    raise CourseError(f"There is no assignment {assignment}. Known: {known}.")


def _run(app: Any) -> int:
    try:
        app.start()
    except SystemExit as end:
        return DONE if not end.code else FAILED
    return DONE
