"""Keep nbgrader from reading and copying what a learner's links and pipes lead to.

``Autograde`` copies what lies beside a notebook, and ``generate_feedback`` hands it to the learner:
a link would fetch the answers, or another's work. A pipe would be read for ever.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

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
