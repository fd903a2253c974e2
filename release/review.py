"""The review questions of all modules on one page: ``python -m release.review`` writes it anew."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from graders.course import Module
from graders.files import write_whole
from graders.manifest import find_course

PAGE = "docs/review.md"
THEORY = "assignments/{folder}/theory.md"
_QUESTION = re.compile(r"^(\d\. .+(?:\n   \S.*)*?)\n\n   <details>", re.MULTILINE)


def review(modules: Sequence[Module], theories: Mapping[str, str]) -> str:
    """A page with the questions of these modules, and links to where the answers stand.

    Args:
        modules: in the order of the course.
        theories: the text of each ``theory.md`` that there is, by its path from the house.
    """
    parts = [
        "# Review questions\n\nAnswer aloud, then look: the answers stand folded at the end of "
        "each theory.\nOne that you could not answer is worth more than four that you could.\n"
    ]
    for module in modules:
        path = THEORY.format(folder=module.folder)
        found = _QUESTION.findall(theories.get(path, "").partition("\n## Questions\n")[2])
        if found:
            head = f"## {module.id} {module.title}\n"
            parts.append("\n".join([head, *found, f"\n[Answers](../{path}#questions)\n"]))
    return "\n".join(parts)


def main() -> None:
    """Write the page of this course."""
    course = find_course()
    files = course.root.glob(THEORY.format(folder="*"))
    theories = {f.relative_to(course.root).as_posix(): f.read_text(encoding="utf-8") for f in files}
    write_whole(course.root / PAGE, review(course.modules, theories).encode())


if __name__ == "__main__":
    main()
