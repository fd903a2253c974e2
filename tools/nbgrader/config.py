"""``nbgrader_config.py``: what nbgrader is to do otherwise than by itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from graders.course import Course, Module
from graders.errors import CourseError
from graders.manifest import HOUSE, load_course

from .cells import STUB

CONFIG = "nbgrader_config.py"
LEVEL = f'c.Verdicts.require_sandbox = "{{level}}" in {CONFIG}'  # how to ask for another
TEXT = '''"""Written by `course nbgrader build`. nbgrader reads it for all commands in this folder."""

import os
import sys

COURSE = {root!r}  # the course repository, whose graders decide
sys.path.insert(0, COURSE)
os.environ[{variable!r}] = os.path.join(COURSE, "course.toml")  # for hidden tests in a kernel

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = {course_id!r}
{database}c.ClearSolutions.code_stub = {{"python": {stub!r}}}
# what learners may hand in beside their notebook
c.Autograde.exclude_overwriting = {exclude}
# Restore takes over what a learner wrote, and all else, metadata and kernel too, from the source
c.Autograde.pre_convert_hook = "tools.nbgrader.autograde.say_what_is_missing"
c.Autograde.exporter_class = "tools.nbgrader.autograde.HandedIn"
c.Autograde.sanitize_preprocessors = [
    "tools.nbgrader.autograde.Restore",
    "nbgrader.preprocessors.OverwriteCells",
]
# Execute, which runs learners' code in a kernel of yours, is not among these: Verdicts has it run in
# an isolated worker
c.Autograde.autograde_preprocessors = [
    "tools.nbgrader.autograde.Verdicts",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "tools.nbgrader.autograde.SaveAtOnce",  # SaveAutoGrades, in one transaction
    "nbgrader.preprocessors.AssignLatePenalties",
]
# what learners wrote as text is shown by formgrader, whose scripts may change every grade
c.HTMLExporter.filters = {{"markdown2html": "tools.nbgrader.shown.markdown2html"}}
# least isolation of learners' code: A to D, see `course doctor`
c.Verdicts.require_sandbox = "B"
'''


def configured_course() -> Course:
    """The course that a folder's configuration names.

    Raises:
        CourseError: it names none, or there is none.
    """
    manifest = os.environ.get(HOUSE)
    if not manifest:
        raise CourseError(
            f"{HOUSE} is not set. nbgrader_config.py, as `course nbgrader build` writes it, sets it: "
            "run nbgrader in the folder of that file."
        )
    return _loaded(manifest)


@cache
def _loaded(manifest: str) -> Course:
    return load_course(Path(manifest))


def config(course: Course, modules: Sequence[Module], database: str) -> str:
    """The text of ``nbgrader_config.py``.

    Args:
        database: URL of the gradebook; "" is nbgrader's own choice, a file in the folder.
    """
    files = {m.folder: [f"{course.package}/{file}" for file in m.files] for m in modules}
    for module in modules:
        for before in course.before(module):
            files[module.folder] += [f"{course.package}/{file}" for file in before.files]
    named = f"c.CourseDirectory.db_url = {database!r}\n" if database else ""
    return TEXT.format(
        root=str(course.root),
        variable=HOUSE,
        course_id=course.package,
        database=named,
        stub=STUB,
        exclude="{\n"
        + "".join(f"    {name!r}: {paths!r},\n" for name, paths in files.items())
        + "}",
    )
