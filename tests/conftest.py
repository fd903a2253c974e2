"""What the tests share: the course, one grader per module, and submissions made from text."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from graders.answers import LiveAnswers
from graders.grade import Grader
from graders.manifest import Course, load_course

HOUSE = Path(__file__).resolve().parents[1]
MakeSubmission = Callable[[Mapping[str, str]], Path]


@pytest.fixture(scope="session")
def course() -> Course:
    """The course of this repository."""
    return load_course(HOUSE / "course.toml")


@pytest.fixture(scope="session")
def graders(course: Course) -> Iterator[dict[str, Grader]]:
    """A grader for each module, started once; its inputs have a fixed seed."""
    with ExitStack() as stack:
        yield {
            module.id: stack.enter_context(
                Grader(
                    course,
                    module,
                    lambda launcher, module=module: LiveAnswers(  # type: ignore[misc]
                        course, module, launcher, "tests", "tests"
                    ),
                )
            )
            for module in course.modules
        }


@pytest.fixture
def make_submission(tmp_path: Path, course: Course) -> MakeSubmission:
    """Make a submission: the reference, with some files (below the package) replaced by texts."""

    def make(files: Mapping[str, str]) -> Path:
        root = tmp_path / "submission"
        package = root / course.package
        shutil.copytree(
            HOUSE / "reference" / course.package,
            package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        for name, text in files.items():
            (package / name).write_text(text, encoding="utf-8")
        return root

    return make
