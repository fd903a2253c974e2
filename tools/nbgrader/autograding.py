"""What ``course nbgrader autograde`` does: nbgrader's own run, with verdicts by several processes."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from traitlets.config.loader import PyFileConfigLoader

from graders.errors import CourseError
from graders.fingerprint import fresh_seed, release_id
from graders.manifest import Course, Module
from graders.worker.folders import private_folder
from graders.worker.protection import ENOUGH

from ..batch.spread import LocalPool, spread
from ..batch.work import Settings
from ..cores import usable_cores
from .beforehand import Beforehand
from .building import require_nbgrader
from .config import CONFIG, LEVEL, configured_course
from .verdict import name_in_reports, work_in

DONE, FAILED = 0, 2


def autograde_folder(assignment: str, folder: Path, jobs: int | None, arguments: list[str]) -> int:
    """``nbgrader autograde`` in a course folder, with verdicts made by processes beside nbgrader.

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
            f"There is no {CONFIG} in {folder}. Run this in a folder that `course nbgrader build` "
            "has made, or name one with --course."
        )
    beside = (jobs or max(2, usable_cores())) - 1
    with _inside(folder), ExitStack() as stack:
        config = PyFileConfigLoader(CONFIG, ".").load_config()
        course = configured_course()
        module = _module(course, assignment)
        settings = Settings(
            module=module.id,
            seed=str(config.Verdicts.get("seed", "")) or fresh_seed(),
            level=str(config.Verdicts.get("require_sandbox", ENOUGH)),
            release=release_id(course),
            shelf=stack.enter_context(private_folder("shelf")) if beside > 1 else None,
            manifest=course.path,
            option=LEVEL,
        )
        if beside:
            pool = stack.enter_context(LocalPool(beside))
            pool.prepare(settings)  # while nbgrader is imported
        app = _initialized([assignment, *arguments])
        stack.callback(app.clear_instance)
        wanted = app.config.Verdicts
        settings = replace(
            settings,
            seed=str(wanted.get("seed", "")) or settings.seed,
            level=str(wanted.get("require_sandbox", settings.level)),
        )
        if beside:
            waiting = _waiting(app.coursedir, module, force="--force" in arguments)
            # of students whose reports would have one name nbgrader's process makes them itself
            times = Counter(map(name_in_reports, waiting))
            alone = {name for name in waiting if times[name_in_reports(name)] == 1}
            all_work = (work_in(module, waiting[n], n) for n in waiting if n in alone)
            names = {*map(name_in_reports, alone)}
            stack.enter_context(Beforehand(spread(pool, settings, all_work), names))
        return _run(app)


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
        if assignment == module.folder:
            return module
    known = ", ".join(module.folder for module in course.modules)
    raise CourseError(f"There is no assignment {assignment}. Known: {known}.")


def _waiting(coursedir: Any, module: Module, force: bool) -> dict[str, Path]:
    """The submissions that nbgrader will grade, by student, in its order."""
    pattern = coursedir.format_path(coursedir.submitted_directory, "*", module.folder)
    named = re.compile(
        coursedir.format_path(
            coursedir.submitted_directory, "(?P<student>.*)", module.folder, escape=True
        )
    )
    found = sorted(glob.glob(pattern))  # noqa: PTH207 -- as nbgrader finds them
    students = {m["student"]: Path(path) for path in found if (m := named.fullmatch(path))}

    def is_new(student: str) -> bool:
        graded = coursedir.format_path(coursedir.autograded_directory, student, module.folder)
        return force or not Path(graded).exists()

    chosen = coursedir.student_id
    return {s: p for s, p in students.items() if is_new(s) and chosen in ("*", s)}


def _run(app: Any) -> int:
    try:
        app.start()
    except SystemExit as end:
        return DONE if not end.code else FAILED
    return DONE
