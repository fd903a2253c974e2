"""`course audit`: a course whose graders are right has no findings, and each fault is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools.auditing import audit_modules
from tools.cores import usable_cores

from .shell import Done, course_command
from .tiny_house import make_tiny_house

WRONG_CHECK = """

@check("01.1", points=1)
def test_something_else(learner, reference, draw):
    \"\"\"What comes out is positive, which is false for some inputs.\"\"\"
    inputs = {"numbers": draw.floats(5), "weights": draw.floats(5)}
    got = learner.run(scenarios.weighted_sum, **inputs)
    require(got["sum"] > 0, "it is not positive", got)
"""
UNSEEN = """
[[mistake]]
id = "w2"
exercise = "01.1"
title = "nothing is wrong with it"
hint = "Is there a mistake at all?"
[[mistake.variant]]
replace = "numbers * weights"
with = "weights * numbers"
"""
MANY = 50  # of the mutants and mistakes of the small course, only the first
EQUIVALENT = """
[[equivalent]]
file = "adding.py"
was = "return products.sum() / math.sqrt(numbers.size(0))"
becomes = "return products.sum() * math.sqrt(numbers.size(0))"
reason = "It is not equivalent at all."
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small course repository whose graders are right, and which a test may break."""
    return make_tiny_house(tmp_path / "house")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def audit(house: Path, runs: int = 1, sample: int = 1) -> tuple[Done, dict[str, Any]]:
    """The audit of the small course, and what it says of its only module."""
    options = ("--runs", runs, "--sample", sample, "--jobs", 1, "--json", "audit.json")
    done = course_command("audit", *options, folder=house)
    (module,) = json.loads((house / "audit.json").read_text())["modules"]
    return done, module


def findings(house: Path, runs: int = 1, sample: int = 1) -> list[str]:
    """What is found in a course that was broken."""
    done, module = audit(house, runs, sample)
    assert done.code == 1, done.err
    assert all(finding in done.out for finding in module["findings"])
    found: list[str] = module["findings"]
    return found


def test_right_graders_have_no_findings(house: Path) -> None:
    done, module = audit(house, runs=8)
    assert (done.code, module["findings"]) == (0, []), done.out
    assert "no findings" in done.out
    for kind, count in (("known mistakes", 1), ("solutions", 4), ("reference runs", 8)):
        assert (module[kind]["made"], module[kind]["right"]) == (count, count)
    mutants = module["mutants"]
    assert mutants["made"] == mutants["right"] > 5


def test_mistake_that_gets_all_points_is_found(house: Path) -> None:
    write(house / "reference/mistakes/01_more.toml", UNSEEN)
    (found,) = findings(house)
    assert found == "01_more.toml: mistake w2, variant 1, gets all points of 01.1"


def test_mistake_that_is_not_named_is_found(house: Path) -> None:
    """A learner's random numbers are other than those of the reference with the same mistake."""
    change(
        house / "reference/mistakes/01_adding.toml",
        'with = "numbers"',
        "with = \"numbers * __import__('time').perf_counter_ns()\"",
    )
    (found,) = findings(house, sample=MANY)
    assert found == "01_adding.toml: mistake w1, variant 1, loses points but is not named"


def test_mutant_that_no_check_sees_is_found_unless_it_is_listed(house: Path) -> None:
    reference = house / "reference/sums/adding.py"
    change(reference, "    products =", "    numbers = numbers + 0\n    products =")
    found = findings(house)
    assert [text.split("\n")[2].strip() for text in found] == [
        "+ numbers = (numbers - 0)",
        "+ pass",
    ]
    listed = EQUIVALENT.replace(
        "return products.sum() / math.sqrt(numbers.size(0))", "numbers = numbers + 0"
    )
    listed = listed.replace(
        '"return products.sum() * math.sqrt(numbers.size(0))"',
        '["numbers = (numbers - 0)", "pass"]',
    )
    write(house / "reference/equivalent/01_adding.toml", listed)
    done, module = audit(house)
    assert (done.code, module["equivalent mutants"]) == (0, 2), done.out
    all_of_them = module["mutants"]["made"]
    done, module = audit(house, sample=4)
    assert (done.code, module["findings"]) == (0, []), "what is listed was not made, and is right"
    assert module["mutants"]["made"] == -(-all_of_them // 4)


def test_listed_mutant_that_a_check_kills_is_found(house: Path) -> None:
    write(house / "reference/equivalent/01_adding.toml", EQUIVALENT)
    (found,) = findings(house)
    assert found.startswith("listed as equivalent, but a check kills it")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (EQUIVALENT.replace("It is not equivalent at all.", " "), "a reason in words"),
        (EQUIVALENT + EQUIVALENT, "listed before"),
        ("[[equivalent", "Expected [[equivalent]] tables"),
    ],
    ids=["no reason", "twice", "no TOML"],
)
def test_broken_list_is_refused(house: Path, broken: str, said: str) -> None:
    write(house / "reference/equivalent/01_adding.toml", broken)
    done = course_command("audit", "--runs", "1", folder=house)
    assert done.code == 2
    assert said in done.err
    assert "01_adding.toml" in done.err


def test_right_solution_that_loses_points_is_found(house: Path) -> None:
    """Its sum is right to seven digits, fewer than the check asks for."""
    change(
        house / "tests/solutions/01_adding/dot/adding.py",
        "torch.dot(numbers, weights)",
        "torch.dot(numbers.float(), weights.float()).double()",
    )
    (found,) = findings(house, sample=MANY)
    assert found.startswith("01_adding/dot: 01.1 A weighted sum: the values of `sum` are wrong")


def test_too_few_solutions_are_found(house: Path) -> None:
    (house / "tests/solutions/01_adding/dot/adding.py").unlink()
    (house / "tests/solutions/01_adding/dot").rmdir()
    (found,) = findings(house, sample=MANY)
    assert found == "adding.py: 3 solutions of other styles, expected 4"


def test_exercise_without_known_mistake_is_found(house: Path) -> None:
    (house / "reference/mistakes/01_adding.toml").unlink()
    (found,) = findings(house, sample=MANY)
    assert found == "01.1 A weighted sum: no known mistake"


def test_check_that_fails_for_some_seeds_is_found(house: Path) -> None:
    """A check that holds by luck of its inputs is wrong, even if today's inputs are lucky ones."""
    change(house / "course.toml", "points = 3", "points = 4")
    checks = house / "graders/test_01_adding.py"
    checks.write_text(checks.read_text() + WRONG_CHECK)
    change(checks, "import assert_same_runs", "import assert_same_runs, require")
    found = [
        text
        for text in findings(house, runs=8, sample=MANY)
        if text.startswith("the reference fails under")
    ]
    assert 0 < len(found) < 8
    assert all("01.1/something_else" in text for text in found)


def test_module_is_chosen(house: Path) -> None:
    assert course_command("audit", "1", "--runs", "1", folder=house).code == 0
    unknown = course_command("audit", "7", folder=house)
    assert (unknown.code, "Known: 01" in unknown.err) == (2, True)


@pytest.mark.parametrize("option", ["--runs", "--jobs", "--sample"])
@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_bad_numbers_are_refused(house: Path, option: str, value: str) -> None:
    done = course_command("audit", option, value, folder=house)
    assert (done.code, f"Invalid value for '{option}'" in done.err) == (2, True), done.err


def test_jobs_are_counted_where_no_system_call_tells_of_cores(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As on macOS and Windows: what is asked for counts, and else all cores are used."""
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    monkeypatch.setattr("tools.auditing.audit", lambda *given: [])
    monkeypatch.chdir(house)
    for asked, jobs in ((None, 3), (2, 2)):
        assert audit_modules([], None, runs=1, sample=1, jobs=asked) == 0
        assert f"{jobs} processes" in capsys.readouterr().out


def test_a_process_may_not_use_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 5}, raising=False)
    assert usable_cores() == 2
