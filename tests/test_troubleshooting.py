"""Messages that the docs quote do come: each is made to happen here."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import nn

from graders.course import Course
from graders.errors import CourseError
from graders.goldens import Goldens
from graders.grade import Grader
from graders.submission import read_submission
from graders.worker.protection import Protection
from release.build import solutions_of
from release.leaks import find_leaks
from tools.batch.store import Store

from .conftest import HOUSE, REFERENCE, MakeSubmission
from .markdown import PARSER
from .shell import course_command

PRACTICE = "practice/attention.py"
RAW = "def raw_scores(query, key):\n    "
NOT_WRITTEN = "def scale_scores(scores, d_k):\n    raise NotImplementedError('01.2')\n"
CODE = {  # put at the end of a file; what a learner then reads
    '`pytest` says "not started", though something is written': NOT_WRITTEN,
    "The file cannot be read": RAW + "return (query @ key.transpose(-1, -2)\n",
    "A name is missing": "rawscores = raw_scores\ndel raw_scores\n",
    "A module is missing": RAW + "import einops\n",
    "A file of your own is missing": RAW + "import strategies\n",
    "Another exception than the one that is asked for": RAW
    + "assert query.shape[-1] == key.shape[-1]\n    return query @ key.mT\n",
    "Time is up": RAW + "while True: pass\n",
    "Too much memory": RAW + "return torch.ones(40000, 40000)\n",
    "Nothing comes back": RAW + "scores = query @ key.transpose(-1, -2)\n",
    "Another dtype": RAW + "return (query @ key.transpose(-1, -2)).half()\n",
    "No gradient": RAW + "return (query @ key.transpose(-1, -2)).detach()\n",
}


def quoted() -> dict[str, str]:
    """The message that stands below each heading; none below a few."""
    pages = [HOUSE / "docs" / name for name in ("troubleshooting.md", "classes.md")]
    found, heading = dict[str, str](), ""
    tokens = PARSER.parse("\n\n".join(page.read_text(encoding="utf-8") for page in pages))
    for mark, token in pairwise(tokens):
        if mark.type == "heading_open":
            heading = token.content
        if token.type == "fence" and token.info == "text":
            found[heading] = token.content.strip()
    return found


def plain(text: str, folder: Path | None = None) -> str:
    """Without what differs from run to run: layout, places, numbers of lines, and the limit."""
    text = text.replace(str(folder), "~/work") if folder else text
    return re.sub(r"(line|within) \d+", r"\1 N", " ".join(text.split()))


@pytest.mark.parametrize("heading", CODE)
def test_a_check_says_what_is_quoted(
    heading: str, hasty: Grader, make_submission: MakeSubmission
) -> None:
    source = (REFERENCE / PRACTICE).read_text(encoding="utf-8")
    report = hasty.grade(make_submission({PRACTICE: f"{source}\n\n{CODE[heading]}"}))
    said = plain("\n".join(verdict.message for verdict in report.verdicts))
    assert plain(quoted()[heading]) in said


def multiply() -> None:
    nn.Linear(3, 5)(torch.ones(2, 3, 4))


def look_up() -> None:
    nn.Embedding(4, 2)(torch.tensor([4]))


def view() -> None:
    torch.ones(2, 3).T.view(6)


def go_back_twice() -> None:
    loss = torch.ones(1, requires_grad=True).square().sum()
    torch.autograd.backward(loss)
    torch.autograd.backward(loss)


def go_back_through_nothing() -> None:
    torch.autograd.backward(torch.ones(1).sum())


class TinyTransformerLM(nn.Linear):
    """Any model of this name: torch says the name of the class."""


def load_another() -> None:
    TinyTransformerLM(2, 3).load_state_dict(TinyTransformerLM(2, 4).state_dict())


TORCH: dict[str, Callable[[], None]] = {
    "Shapes that cannot be multiplied": multiply,
    "A token that is not in the table": look_up,
    "A view that cannot be had": view,
    "Backward for the second time": go_back_twice,
    "Nothing to go back through": go_back_through_nothing,
    "Weights of another model": load_another,
}


@pytest.mark.parametrize("heading", TORCH)
def test_torch_says_what_is_quoted(heading: str) -> None:
    with pytest.raises((RuntimeError, IndexError)) as error:
        TORCH[heading]()
    assert plain(quoted()[heading]) in plain(str(error.value))


def unknown_command(folder: Path, course: Course) -> str:
    run = subprocess.run(
        ["/bin/bash", "-c", "course"], env={"PATH": str(folder)}, capture_output=True, text=True
    )
    return run.stderr


def outside(folder: Path, course: Course) -> str:
    return course_command("grade", "01", folder=folder).err


def unknown_exercise(folder: Path, course: Course) -> str:
    return course_command("hint", "01.77").err


def raised(action: Callable[[], object]) -> str:
    with pytest.raises(CourseError) as error:
        action()
    return f"Error: {error.value}"


def no_answers(folder: Path, course: Course) -> str:
    return raised(lambda: Goldens(folder / ".course/goldens/01_attention.safetensors"))


def no_package(folder: Path, course: Course) -> str:
    (folder / "notes.txt").write_text("sums\n", encoding="utf-8")
    return raised(lambda: read_submission(folder, course.package))


def no_sandbox(folder: Path, course: Course) -> str:
    return raised(lambda: Protection("D").require("B"))


def other_results(folder: Path, course: Course) -> str:
    (folder / "batch.json").write_text('{"module": "01"}', encoding="utf-8")

    def hold() -> None:
        with Store(folder, course.module("02"), ()).held():
            pass

    return raised(hold)


def results_among_others(folder: Path, course: Course) -> str:
    (folder / "grades.csv").write_text("mine", encoding="utf-8")

    def hold() -> None:
        with Store(folder, course.module("01"), ()).held():
            pass

    return raised(hold)


def a_leak(folder: Path, course: Course) -> str:
    solutions = solutions_of(course, [course.module("01")])
    of_attention = next(s for s in solutions if s.path.endswith("/attention.py"))
    line = max((text for _, text in of_attention.lines), key=len)
    return "\n".join(map(str, find_leaks(solutions, {"a.md": line.encode()})))


COMMANDS: dict[str, Callable[[Path, Course], str]] = {
    "The shell does not know `course`": unknown_command,
    "It does not find the course": outside,
    "There is no such module or exercise": unknown_exercise,
    "The recorded answers are gone or damaged": no_answers,
    "A submission without the package": no_package,
    "The sandbox is not good enough": no_sandbox,
    "Another module's results": other_results,
    "Results among other files": results_among_others,
    "A release that is not clean": a_leak,
}


@pytest.mark.parametrize("heading", COMMANDS)
def test_the_command_says_what_is_quoted(heading: str, tmp_path: Path, course: Course) -> None:
    assert plain(quoted()[heading]) in plain(COMMANDS[heading](tmp_path, course), tmp_path)


def test_no_message_is_quoted_that_nothing_here_makes() -> None:
    assert quoted().keys() == CODE.keys() | TORCH.keys() | COMMANDS.keys()
