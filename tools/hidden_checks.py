"""pytest with hidden checks: the checks of ``graders/`` on submissions, against the reference.

    pytest -p tools.hidden_checks --submission PATH [--submission PATH …] graders/test_01_*.py

Run in the course repository. Learner code runs in the isolated worker of ``course grade``, and inputs
are fresh unless ``--inputs-seed`` names a seed. At the end stand the points of each submission.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from graders import pytest_plugin
from graders.check import Check
from graders.course import Course, Module
from graders.errors import CourseError
from graders.grade import Grader
from graders.handed import HandedIn
from graders.outcomes import Outcome
from graders.pytest_plugin import ANSWERS, COURSE
from graders.submission import Submission, name_of
from graders.worker import libc
from graders.worker.client import Submitted

from .house import answers_for, reader_for


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.register(pytest_plugin, pytest_plugin.__name__)
    group = parser.getgroup("hidden checks")
    group.addoption("--submission", action="append", default=[], type=Path, metavar="PATH")
    group.addoption("--inputs-seed", default=None, metavar="TEXT")


class Hidden:
    """The graders of a run, one for each module, and what came of each submission."""

    def __init__(self, course: Course, seed: str | None) -> None:
        self.stack = ExitStack()
        self.points: defaultdict[str, Counter[str]] = defaultdict(Counter)  # by submission, module
        self.over: set[tuple[str, str]] = set()  # submissions, and exercises that ran over a limit
        self._course, self._seed = course, seed
        self._graders: dict[str, Grader] = {}

    def grader(self, module: Module) -> Grader:
        """Started when it is first asked for."""
        if module.id not in self._graders:
            libc.hide()
            made = Grader(self._course, module, answers_for(self._course, module, self._seed))
            self._graders[module.id] = self.stack.enter_context(made)
        return self._graders[module.id]

    def read(self, module: Module, path: Path) -> Submission:
        """A submission as ``course grade`` reads it."""
        reader = reader_for(self._course, module)
        assert reader is not None  # this file is in no student copy
        return self.grader(module).supported(reader(path))


HIDDEN = pytest.StashKey[Hidden]()


@pytest.hookimpl(trylast=True)  # after the course was found
def pytest_configure(config: pytest.Config) -> None:
    config.stash[HIDDEN] = Hidden(config.stash[COURSE], config.getoption("--inputs-seed"))


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[HIDDEN].stack.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    check = getattr(metafunc.function, "check", None)
    if not isinstance(check, Check):
        return
    module = metafunc.config.stash[COURSE].module_of(check.exercise)
    work = [(module, path) for path in metafunc.config.getoption("--submission")]
    metafunc.parametrize(
        "submitted", work, ids=[name_of(path) for _, path in work], indirect=True, scope="session"
    )
    metafunc.fixturenames.append("submitted")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One submission after the other: each has one worker."""
    items.sort(key=lambda item: _work(item)[0])


def _work(item: pytest.Item) -> tuple[str, Module]:
    module, path = item.callspec.params["submitted"]  # type: ignore[attr-defined]
    return str(path), module


@pytest.fixture(scope="session")
def submitted(request: pytest.FixtureRequest) -> Iterator[Submitted | HandedIn]:
    """A submission in a worker of its own. One that cannot be read is an error of all its checks."""
    module, path = request.param
    hidden = request.config.stash[HIDDEN]
    request.config.stash[ANSWERS][module.id] = hidden.grader(module).answers
    try:
        submission = hidden.read(module, path)
    except CourseError as problem:
        pytest.fail(str(problem), pytrace=False)
    with hidden.grader(module).isolated(submission) as learner:
        yield learner


@pytest.fixture
def learner(
    submitted: Submitted | HandedIn, request: pytest.FixtureRequest
) -> Submitted | HandedIn:
    """In place of the learner's package in this process."""
    path, _ = _work(request.node)
    exercise = request.function.check.exercise
    if (path, exercise) in request.config.stash[HIDDEN].over:
        pytest.fail(f"not run: an earlier check of {exercise} ran over its limit", pytrace=False)
    submitted.start_clock()
    return submitted


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note what came of a check."""
    report = yield
    check = getattr(getattr(item, "obj", None), "check", None)
    if isinstance(check, Check) and report.when != "teardown":
        hidden, (path, module) = item.config.stash[HIDDEN], _work(item)
        is_right = report.when == "call" and report.passed
        hidden.points[path][module.id] += check.points if is_right else 0
        if ("outcome", Outcome.LIMIT.value) in item.user_properties:
            hidden.over.add((path, check.exercise))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> Generator[None]:
    """The points of each submission, at the end."""
    yield
    course, points = config.stash[COURSE], config.stash[HIDDEN].points
    for path in map(str, config.getoption("--submission")):
        for module_id, reached in sorted(points[path].items()):
            most = course.module(module_id).points
            terminalreporter.write_line(f"points {reached}/{most} {path}")
