"""Draw the figures: ``python -m figures [MODULE…]``."""

from __future__ import annotations

import sys

from graders.errors import CourseError
from graders.files import write_whole
from graders.manifest import find_course

from .draw import figures_of, folders


def main(chosen: list[str]) -> int:
    """Draw those of the chosen modules, or all; 2 if there is no such module."""
    try:
        course = find_course()
        known = folders(course)
        wanted = [folder for folder in known if not chosen or folder[:2] in chosen]
        if len(wanted) < len(chosen):
            raise CourseError(f"There is no folder in assignments/ for each of {chosen}: {known}.")
        for folder in wanted:
            for path, content in figures_of(course, folder).items():
                (course.root / path).parent.mkdir(exist_ok=True)
                write_whole(course.root / path, content)
                print(path)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
