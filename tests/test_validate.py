"""``course validate``: what counts as good, and that nothing run is not good."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from tools.validating import Step, checks_proved, passed_tests, pieces_run, run_steps

from .shell import course_command
from .tiny_house import make_tiny_house


def ran(root: Path, *steps: Step) -> tuple[int, str]:
    said = io.StringIO()
    code = run_steps(steps, root, Console(file=said, width=100))
    return code, said.getvalue()


def saying(text: str, code: int = 0) -> Step:
    program = f"import sys; print({text!r}); sys.exit({code})"
    return Step("a step", ["-c", program], "tests", passed_tests)


def test_a_step_is_good_if_it_ran_something_and_nothing_failed(tmp_path: Path) -> None:
    code, said = ran(tmp_path, saying("12 passed in 1.00s"))
    assert code == 0
    assert [*said.splitlines()[-1].split()][:4] == ["a", "step", "12", "tests"]
    assert "good" in said


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (saying("no tests ran in 0.01s"), "nothing ran"),
        (saying("no tests ran in 0.01s", 5), "exit code 5"),
        (saying("1 failed, 12 passed in 1.00s", 1), "exit code 1"),
    ],
)
def test_a_step_that_failed_or_ran_nothing_is_shown_with_its_output(
    step: Step, words: str, tmp_path: Path
) -> None:
    code, said = ran(tmp_path, step, saying("3 passed in 1.00s"))
    assert code == 1
    assert f"--- a step: {words}" in said
    assert "in 0.01s" in said or "1 failed" in said
    last = said.splitlines()[-1].split()
    assert last[:4] == ["a", "step", "3", "tests"], "the steps after it are run all the same"


def test_no_step_at_all_is_not_good(tmp_path: Path) -> None:
    assert ran(tmp_path)[0] == 1


def test_a_file_of_pytest_that_holds_no_test_has_run_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_empty.py").write_text("x = 1\n")
    code, said = ran(tmp_path, Step("tests", ["-m", "pytest"], "tests", passed_tests))
    assert code == 1
    assert "exit code 5" in said


def test_what_was_run_is_counted() -> None:
    proof = [{"detail": "13 exercises"}, {"detail": "46 checks"}, {"detail": "50 of 50 points"}]
    assert checks_proved(json.dumps({"proof": proof})) == 46
    assert checks_proved(json.dumps({"proof": []})) == checks_proved("no JSON") == 0
    texts = [{"path": "a.md", "pieces": 3}, {"path": "b/notebook.py", "pieces": 4}]
    assert pieces_run(f"words\n{json.dumps(texts)}\n") == 7
    texts[1]["pieces"] = 0
    assert pieces_run(json.dumps(texts)) == pieces_run("") == pieces_run("[]") == 0


@pytest.mark.proof
def test_the_graders_of_a_small_course_are_run_and_what_is_not_there_is_seen(
    tmp_path: Path,
) -> None:
    house = make_tiny_house(tmp_path / "house")
    done = course_command("validate", "--quick", folder=house)
    assert done.code == 1
    (graders,) = (row for row in done.out.splitlines() if row.startswith("graders on stubs"))
    assert re.search(r" [1-9]\d* +checks .* good$", graders.rstrip()), graders
    assert "--- texts and notebooks: exit code" in done.out  # it has none, nor the tests
    assert "--- tests: exit code" in done.out


def test_a_student_copy_has_nothing_to_validate(tmp_path: Path) -> None:
    house = make_tiny_house(tmp_path / "house")
    (house / "reference").rename(house / "elsewhere")
    done = course_command("validate", folder=house)
    assert done.code == 2
    assert "course verify" in done.err
