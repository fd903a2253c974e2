"""Keep nbgrader from what would harm it: what a submission leads to, and a gradebook it cannot use.

``Autograde`` copies what lies beside a notebook, and ``generate_feedback`` hands it to the learner:
a link would fetch the answers, or another's work. A pipe would be read for ever.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from nbgrader.converters.base import NbGraderException

from graders import bounds
from graders.errors import CourseError


def guard(converter: Any) -> None:
    """Have a converter of nbgrader refuse submissions that hold such files. The others go on.

    What it calls first for each submission raises a CourseError, which nbgrader logs.
    """
    begin = converter.init_destination

    def init_destination(assignment: str, student: str) -> bool:
        refuse_odd_files(Path(converter._format_source(assignment, student)))
        return bool(begin(assignment, student))

    converter.init_destination = init_destination


def require_gradebook(converter: Any) -> None:
    """End a run before it begins, with one error, if the gradebook cannot be written to.

    Raises:
        NbGraderException: what nbgrader ends with, once it has told all.
    """
    from . import gradebook  # half a second, in which processes beside this one start

    try:
        gradebook.require_gradebook(gradebook.gradebook_url(converter.coursedir.db_url))
    except CourseError as problem:
        converter.log.error("%s", problem)
        raise NbGraderException(str(problem)) from None


def refuse_odd_files(folder: Path) -> None:
    """CourseError if any file below ``folder``, as nbgrader finds them, is none of its own."""
    for above, _, names in os.walk(folder):
        for name in names:
            path = Path(above) / name
            kind = path.lstat().st_mode
            if stat.S_ISLNK(kind):
                raise bounds.link(folder, str(path.relative_to(folder)))
            if not stat.S_ISREG(kind):
                raise CourseError(
                    f"{folder}: {path.relative_to(folder)} is no file but a pipe or a device. Take "
                    "it out of the folder."
                )
