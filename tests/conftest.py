"""What the tests share: the course, one grader per module, and submissions made from text."""

from __future__ import annotations

import copy
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from graders.answers import LiveAnswers
from graders.course import Course, Limits
from graders.grade import Grader
from graders.manifest import load_course
from graders.report import Report
from graders.worker import folders
from graders.worker.launch import ForkServer, Launcher
from graders.worker.layers import HARD, LAYERS
from graders.worker.protection import Protection
from tools.batch import work
from tools.lm.package import Own, own_package

from .processes import Processes, descendants

# where the tests were started in the background, Ctrl-C is ignored, in all that they start as well
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# the same examples in every run, and no verdict by the clock: machines differ
settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")

HOUSE = Path(__file__).resolve().parents[1]
REFERENCE = HOUSE / "reference" / "tiny_transformer"
MakeSubmission = Callable[[Mapping[str, str]], Path]


def live_answers(course: Course, module: str = "01") -> Callable[[Launcher], LiveAnswers]:
    """How a grader gets its answers: from the reference, with inputs of a fixed seed."""
    return lambda launcher: LiveAnswers(course, course.module(module), launcher, "tests", "tests")


@pytest.fixture(scope="session")
def course() -> Course:
    """The course of this repository."""
    return load_course(HOUSE / "course.toml")


class _Graders(dict[str, Grader]):
    """A grader for each module, started when it is first asked for."""

    def __init__(self, course: Course, stack: ExitStack) -> None:
        super().__init__()
        self._course, self._stack = course, stack

    def __missing__(self, module_id: str) -> Grader:
        course = self._course
        answers = live_answers(course, module_id)
        made = Grader(course, course.module(module_id), answers, with_own_parts=False)
        self[module_id] = self._stack.enter_context(made)
        return self[module_id]


@pytest.fixture(scope="session")
def graders(course: Course) -> Iterator[dict[str, Grader]]:
    """A grader for each module, started once; its inputs have a fixed seed."""
    with ExitStack() as stack:
        yield _Graders(course, stack)


@pytest.fixture(scope="session")
def grader(graders: dict[str, Grader]) -> Grader:
    """The grader of module 01, all of whose processes run."""
    graders["01"].grade(HOUSE / "reference")
    return graders["01"]


@pytest.fixture(scope="session")
def bare(course: Course) -> Iterator[Grader]:
    """A grader of module 01 as on a machine that can shut off neither files nor processes."""

    def launcher(limits: Limits, scenarios: Sequence[str]) -> Launcher:
        soft = tuple(name for name in LAYERS if name not in HARD)
        return ForkServer(limits, scenarios, protection=Protection("D", soft))

    answers = live_answers(course)
    with Grader(course, course.module("01"), answers, launcher, required_level="D") as made:
        made.grade(HOUSE / "reference")
        yield made


@pytest.fixture
def weak(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A class is graded as on a machine that can shut off neither files nor processes."""

    def launcher(limits: Limits, scenarios: Sequence[str]) -> Launcher:
        return ForkServer(limits, scenarios, protection=Protection("D", ()))

    warm = work._Warm()
    monkeypatch.setattr(work, "_warm", warm)
    monkeypatch.setattr(work, "Grader", partial(Grader, make_launcher=launcher))
    monkeypatch.setenv("COURSE_MANIFEST", os.environ.get("COURSE_MANIFEST", ""))
    yield
    warm.close()


@pytest.fixture(scope="session")
def hasty(grader: Grader) -> Grader:
    """The grader of module 01, with a second for each check; it shares all that was started."""
    made = copy.copy(grader)
    made.course = replace(grader.course, limits=replace(grader.course.limits, check_seconds=1))
    return made


@pytest.fixture(scope="session")
def graded_class(
    grader: Grader, hasty: Grader, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, Report]]:
    """A small class, graded once: the stem of each report's page, and the report."""
    from .classroom import grade_class  # which makes use of what is above

    return grade_class(grader, hasty, tmp_path_factory.mktemp("class"))


@pytest.fixture(scope="session")
def released_course(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder of nbgrader, made once, in which module 01 was released."""
    from .nbgrader_course import ASSIGNMENT, make_course, nbgrader

    root = make_course(course, tmp_path_factory.mktemp("nbgrader") / "course")
    done = nbgrader(root, "generate_assignment", ASSIGNMENT)
    assert done.code == 0, done.err
    return root


@pytest.fixture(scope="session")
def tiny_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small course, and in ``copy`` what was released of it."""
    from .shell import course_command
    from .tiny_house import make_tiny_house

    root = make_tiny_house(tmp_path_factory.mktemp("tiny") / "house")
    done = course_command("release", "--out", "copy", folder=root)
    assert done.code == 0, done.err
    return root


@pytest.fixture(scope="module")  # another test may import another package of that name
def own(course: Course) -> Own:
    """The package that ``course train`` and the like use here: the reference."""
    return own_package(course)


@pytest.fixture(scope="module")
def run(own: Own, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run whose model was never trained."""
    from .lm_models import make_run

    return make_run(own, tmp_path_factory.mktemp("runs") / "small")


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of a run so small that a step takes milliseconds."""
    from .lm_runs import small_config

    return small_config(tmp_path_factory.mktemp("small"))


@pytest.fixture
def leaves_nothing(
    grader: Grader, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Processes]:
    """Fails a test after which a temporary file or a process is left that was not there before."""
    scratch = tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setattr(folders, "_memory", scratch)
    before = descendants(grader)
    yield before
    assert [*scratch.iterdir()] == []
    assert descendants(grader) - before == set()


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
