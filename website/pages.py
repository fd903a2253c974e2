"""The pages of the website, from the files that learners and instructors read in the repository."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.course import Course
from graders.errors import CourseError
from release.build import solutions_of
from release.leaks import find_leaks

from .notebooks import as_markdown, run_notebooks

START = Path(__file__).parent / "index.md"
LEARNERS = ("plan", "frame", "troubleshooting", "review", "training", "generating", "resources")
MODULES = "<!-- modules -->"  # in the first page, where they are listed
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_NOTEBOOK = re.compile(r"\[([^\]]*)\]\(notebook\.py\)")


@dataclass(frozen=True)
class Pages:
    """All that a generator needs but its settings."""

    files: dict[str, bytes]  # by their path in the site's source
    nav: list[dict[str, Any]]  # sections, with title and path of each page


def pages(course: Course) -> Pages:
    """The pages, with notebooks that have run.

    Raises:
        CourseError: a notebook does not run, or a page holds something of a solution.
    """
    root = course.root
    folders = sorted(f for f in (root / "assignments").iterdir() if (f / "README.md").is_file())
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for pattern in (
            "assignments/*/*.md",
            "assignments/*/figures/*",
            "docs/*.md",
            "docs/pictures/*",
        )
        for path in root.glob(pattern)
    }
    for path, text in files.items():
        if path.endswith("README.md"):
            files[path] = _NOTEBOOK.sub(r"[notebook](notebook.md)", text.decode()).encode()
    scripts = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for folder in folders
        for path in folder.glob("notebook.py")
    }
    for path, made in run_notebooks(course, scripts).items():
        page = path.removesuffix(".py") + ".md"
        content, plots = as_markdown(made, page)
        _search_for_solutions(course, {page: content.encode()})
        files |= {page: content.encode(), **plots}
    modules = {f"assignments/{folder.name}": _title(folder / "README.md") for folder in folders}
    start = START.read_text(encoding="utf-8").replace(MODULES, _list(course, modules))
    files["index.md"] = start.encode()
    return Pages(files, _nav(root, files, modules))


def _title(file: Path) -> str:
    found = _TITLE.search(file.read_text(encoding="utf-8"))
    if not found:
        raise CourseError(f"{file} has no title. Begin it with a line `# Title`.")
    return found[1]


def _list(course: Course, modules: Mapping[str, str]) -> str:
    graded = {module.folder: module for module in course.modules}
    rows = []
    for folder, title in modules.items():
        row = f"- [{title}]({folder}/README.md)"
        if module := graded.get(folder.removeprefix("assignments/")):
            row += f": {len(module.exercises)} exercises, {module.points} points"
        rows.append(row)
    return "\n".join(rows)


def _nav(
    root: Path, files: Mapping[str, bytes], modules: Mapping[str, str]
) -> list[dict[str, Any]]:
    def section(names: Sequence[str]) -> list[dict[str, str]]:
        paths = [f"docs/{name}.md" for name in names if f"docs/{name}.md" in files]
        return [{_title(root / path): path} for path in paths]

    nav: list[dict[str, Any]] = [{"Start": "index.md"}]
    for folder, title in modules.items():
        parts = {part: f"{folder}/{part}.md" for part in ("theory", "notebook")}
        inside = [{f"{title[:2]} {part}": path} for part, path in parts.items() if path in files]
        nav.append({title: [f"{folder}/README.md", *inside]})
    others = sorted(f.stem for f in root.glob("docs/*.md") if f.stem not in LEARNERS)
    nav.append({"For learners": section(LEARNERS)})
    nav.append({"For instructors": section(others)})
    return nav


def _search_for_solutions(course: Course, texts: Mapping[str, bytes]) -> None:
    """CourseError if a notebook has shown something of the reference that it ran with."""
    leaks = find_leaks(solutions_of(course, course.modules), texts)
    if leaks:
        raise CourseError(
            "Notebooks show what learners are to write; nothing was written. Take it out of "
            + "; ".join(map(str, leaks))
        )
