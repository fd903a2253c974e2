"""Checks under a learner's own pytest, judged against recorded answers: ``pytest -p graders.pytest_plugin``.

A check that is not passed fails with the message of ``course grade`` and no traceback. One whose
stub is still in place is shown as *not started*; it fails the run all the same.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from .answers import Answers
from .calls import Implementation
from .check import Check
from .course import Course
from .goldens import FOLDER, Goldens
from .inputs import Draw
from .judge import judge
from .local import Local
from .manifest import find_course
from .outcomes import Outcome
from .progress import remember_or_say
from .work import Work

COURSE = pytest.StashKey[Course]()
ANSWERS = pytest.StashKey[dict[str, Answers]]()
WORK = pytest.StashKey[Work]()
RESULTS = pytest.StashKey[list[tuple[str, Outcome, int]]]()
NOT_STARTED = "not started"
EXERCISE = re.compile(r"(?<![\w.])(\d{1,2})\.(\d+)(?![\w.])")  # in what was given to -k


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COURSE] = find_course(config.rootpath)
    config.stash[ANSWERS] = {}
    course = config.stash[COURSE]
    config.stash[WORK] = Work(course).read(e for m in course.modules for e in m.exercises)
    config.stash[RESULTS] = []
    config.option.keyword = EXERCISE.sub(
        lambda found: _keyword(f"{found[1].zfill(2)}.{found[2]}"), config.option.keyword
    )
    config.addinivalue_line("markers", "exercise(id): the exercise that a check belongs to")


def pytest_itemcollected(item: pytest.Item) -> None:
    check = _check_of(item)
    if check:
        item.add_marker(pytest.mark.exercise(check.exercise))
        item.extra_keyword_matches.add(_keyword(check.exercise))


def _keyword(exercise: str) -> str:
    """What ``-k 01.1`` looks for: pytest looks for a part of a name, and 01.10 has 01.1 in it."""
    return f"{exercise}:"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the checks in the order of the exercises, after anything else."""
    modules = config.stash[COURSE].modules
    order = [exercise.id for module in modules for exercise in module.exercises]
    items.sort(key=lambda item: order.index(c.exercise) if (c := _check_of(item)) else -1)


def _check_of(item: pytest.Item) -> Check | None:
    check = getattr(getattr(item, "obj", None), "check", None)
    return check if isinstance(check, Check) else None


def _answers(config: pytest.Config, check: Check) -> Answers:
    course = config.stash[COURSE]
    module = course.module_of(check.exercise)
    known = config.stash[ANSWERS]
    if module.id not in known:
        known[module.id] = Goldens(course.root / FOLDER / f"{module.folder}.safetensors")
    return known[module.id]


@pytest.fixture
def learner(pytestconfig: pytest.Config) -> Implementation:
    """The learner's package, imported from beside the course manifest."""
    course = pytestconfig.stash[COURSE]
    return Local(Path(course.root), course.package)


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> Implementation:
    """What was recorded of the reference."""
    check = _check_of(request.node)
    assert check is not None
    return _answers(request.config, check).reference


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """The inputs of this check."""
    check = _check_of(request.node)
    assert check is not None
    return Draw(_answers(request.config, check).seed, check.id)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    check = _check_of(pyfuncitem)
    if check is None:
        return None
    course = pyfuncitem.config.stash[COURSE]
    exercise = course.module_of(check.exercise).exercise(check.exercise)
    answers = _answers(pyfuncitem.config, check)
    work: Any = pyfuncitem.funcargs["learner"]
    verdict = judge(check, exercise, work, answers)
    pyfuncitem.user_properties.append(("outcome", verdict.outcome.value))
    pyfuncitem.config.stash[RESULTS].append((check.id, verdict.outcome, verdict.points))
    if verdict.outcome is not Outcome.PASSED:
        pytest.fail(verdict.message, pytrace=False)
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remember what the checks came to, for ``course status``."""
    stash = session.config.stash
    results = stash[RESULTS]
    if results:
        remember_or_say(stash[COURSE], results, stash[WORK])


def pytest_report_teststatus(report: Any) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    if report.when == "call" and ("outcome", Outcome.NOT_STARTED.value) in report.user_properties:
        return NOT_STARTED, "-", (NOT_STARTED.upper(), {"yellow": True})
    return None


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> Generator[None]:
    """Say what is not started yet, an exercise a line, after what failed."""
    yield
    waiting = [r.longreprtext.splitlines()[0] for r in terminalreporter.stats.get(NOT_STARTED, [])]
    if waiting:
        terminalreporter.section("not started yet")
        for line in dict.fromkeys(waiting):
            terminalreporter.write_line(line)
        first = waiting[0].partition(" ")[0]
        terminalreporter.write_line(f"`course hint {first}` helps with the first of them.")
