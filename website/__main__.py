"""Build the website: ``python -m website [--out build/site]``."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from graders.course import Course
from graders.errors import CourseError
from graders.files import explained
from graders.manifest import find_course

from .pages import Pages, pages

HERE = Path(__file__).parent
STYLES = "extra.css"


def settings(course: Course, made: Pages) -> dict[str, Any]:
    """What the generator is told: nothing comes from another host, and scripts only from the site."""
    return {
        "site_name": course.title,
        "docs_dir": "pages",
        "site_dir": "site",
        "use_directory_urls": False,
        "nav": made.nav,
        "extra_css": [STYLES],
        "extra": {"generator": False},
        "theme": {
            "language": "en",
            "font": False,  # that of the reader's machine
            "features": [
                *(
                    "navigation.indexes",
                    "navigation.footer",
                    "navigation.top",
                    "navigation.tracking",
                ),
                *("content.code.copy", "search.highlight", "toc.follow"),
            ],
            "palette": [  # as the reader's machine, until they choose
                _scheme("", "default", "material/theme-light-dark", "Switch to light"),
                _scheme(": light", "default", "material/weather-sunny", "Switch to dark"),
                _scheme(": dark", "slate", "material/weather-night", "Switch to automatic"),
            ],
        },
        "markdown_extensions": [
            "website.commonmark",
            {"toc": {"permalink": "#", "permalink_title": "Link to this section"}},
        ],
        "plugins": ["search"],
    }


def _scheme(preferred: str, scheme: str, icon: str, name: str) -> dict[str, Any]:
    media = f"(prefers-color-scheme{preferred})"
    return {"media": media, "scheme": scheme, "toggle": {"icon": icon, "name": name}}


def build(course: Course, out: Path) -> int:
    """Write the website to ``out``, whole or not at all; the number of its pages.

    Raises:
        CourseError: a notebook does not run, a page holds a solution, a link leads nowhere, or
            ``out`` cannot be written.
    """
    made = pages(course)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in {**made.files, STYLES: (HERE / STYLES).read_bytes()}.items():
            file = folder / "pages" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        written = yaml.safe_dump(settings(course, made), sort_keys=False)
        (folder / "mkdocs.yml").write_text(written, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "zensical", "build", "--strict"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(HERE.parent), "NO_COLOR": "1"},
            stdout=sys.stderr,  # what it finds is a page long
            check=False,
        )
        if done.returncode:
            raise CourseError(
                "The generator found what stands above; nothing was written. Mend it."
            )
        with explained(out):
            shutil.rmtree(out, ignore_errors=True)
            shutil.copytree(folder / "site", out)
    return len([*out.rglob("*.html")])


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 2 where the website could not be built."""
    parser = argparse.ArgumentParser(prog="python -m website", description="Build the website.")
    parser.add_argument("--out", type=Path, default=Path("build/site"), help="[%(default)s]")
    out = parser.parse_args(arguments).out
    try:
        count = build(find_course(), out)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    print(
        f"{count} pages in {out}; to look at them: {Path(sys.executable).name} -m http.server -d {out}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
