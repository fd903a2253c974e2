"""What one process of a batch does, and how work is given out again when a process ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import pytest

from graders.course import Course
from graders.errors import CourseError
from graders.fingerprint import release_id
from graders.grade import Grader
from graders.submission import Submission, read_submission
from tools.batch import work as module
from tools.batch.spread import spread
from tools.batch.work import Settings, Work, grade_work

from .conftest import HOUSE


@pytest.fixture
def settings(course: Course) -> Iterator[Settings]:
    yield Settings("01", "x", "B", release_id(course), None, course.path)
    module._warm.close()


@pytest.fixture
def right(course: Course) -> Work:
    return Work(read_submission(HOUSE / "reference", course.package))


@pytest.mark.proof
def test_what_ends_in_an_error_is_tried_once_more_with_all_started_anew(
    settings: Settings, right: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    grade_work(settings, right)
    broken = module._warm._grader
    broken._launcher.close()
    report = grade_work(settings, right)
    assert (report["outcome"], report["score"]) == ("graded", 50)
    assert module._warm._grader is not broken
    tries = []

    def never(grader: Grader, submission: Submission) -> Any:
        tries.append(grader)
        return grader.not_graded(submission, "no")

    monkeypatch.setattr(Grader, "grade_work", never)
    report = grade_work(settings, right)
    assert (report["outcome"], report["score"], report["message"]) == ("error", 0, "no")
    assert len({*map(id, tries)}) == 2


def test_what_cannot_be_read_is_not_tried_twice(settings: Settings, right: Work) -> None:
    grade_work(settings, right)
    grader = module._warm._grader
    report = grade_work(settings, Work(Submission("bob", {}), "There is nothing in it."))
    assert (report["submission"], report["outcome"]) == ("bob", "error")
    assert report["message"] == "There is nothing in it."
    assert module._warm._grader is grader


def test_a_course_that_was_changed_meanwhile_grades_nothing(
    settings: Settings, right: Work
) -> None:
    with pytest.raises(CourseError, match="leave them as they are while a batch runs"):
        grade_work(Settings("01", "x", "B", "another", None, settings.manifest), right)


class Mortal:
    """A pool whose processes end on some work, taking all that is under way with them."""

    at_once = 3

    def __init__(self, ends_on: Callable[[Work, int], bool]) -> None:
        self.ends_on, self.renewed, self._is_broken = ends_on, 0, False
        self._given: list[tuple[Work, Future[dict[str, Any]]]] = []
        self._tries: dict[str, int] = {}

    def submit(self, settings: Settings, work: Work) -> Future[dict[str, Any]]:
        if self._is_broken:
            raise BrokenProcessPool
        name = work.submission.name
        self._tries[name] = self._tries.get(name, 0) + 1
        future: Future[dict[str, Any]] = Future()
        self._given.append((work, future))
        if self.ends_on(work, self._tries[name]):
            for _, given in self._given:
                given.set_exception(BrokenProcessPool())
            self._given.clear()
            self._is_broken = True
        elif len(self._given) == self.at_once or name == "last" or self._tries[name] > 1:
            for done, given in self._given:
                given.set_result({"submission": done.submission.name, "problem": done.problem})
            self._given.clear()
        return future

    def renew(self) -> None:
        self.renewed += 1
        self._is_broken = False

    def __enter__(self) -> Mortal:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def graded(pool: Mortal) -> dict[str, str]:
    names = ("a", "b", "c", "d", "e", "last")
    settings = Settings("01", "x", "B", "", None, None)
    work = [Work(Submission(name, {})) for name in names]
    found = [*spread(pool, settings, work)]
    assert sorted(report["submission"] for report in found) == sorted(names)
    return {report["submission"]: report["problem"] for report in found if report["problem"]}


def test_a_process_that_ends_once_costs_nothing() -> None:
    pool = Mortal(lambda work, tries: work.submission.name == "c" and tries == 1)
    assert graded(pool) == {}
    assert pool.renewed == 1


@pytest.mark.parametrize("name", ["a", "d", "last"])
def test_work_that_ends_its_process_twice_is_an_error_and_the_others_are_graded(name: str) -> None:
    """Also those that were under way beside it, both times or once."""
    pool = Mortal(lambda work, _: work.submission.name == name and not work.problem)
    assert graded(pool).keys() == {name}


def test_processes_that_never_last_are_given_up() -> None:
    with pytest.raises(CourseError, match="end by themselves, each time"):
        graded(Mortal(lambda *_: True))
