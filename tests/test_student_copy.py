"""A student copy stands alone: its own pytest, `course grade` and `course hint`, no reference."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from graders.course import Course
from graders.manifest import load_course
from graders.mistakes import load_variants
from release.proof import make_release
from release.write import write_tree

from .conftest import HOUSE, REFERENCE
from .shell import course_command


def run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a Python command in the copy, with the copy's own graders and tools."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "COLUMNS": "100", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory, course: Course) -> Path:
    """A released copy that nobody worked in."""
    out = tmp_path_factory.mktemp("released") / "copy"
    made = make_release(course, [course.module("01")])
    assert made.holds, made.proof
    write_tree(made.files, out, force=False)
    return out


@pytest.fixture
def copy(untouched: Path, tmp_path: Path) -> Path:
    """A copy to work in."""
    return shutil.copytree(untouched, tmp_path / "copy")


def solve(copy: Path) -> None:
    shutil.copytree(REFERENCE, copy / "tiny_transformer", dirs_exist_ok=True)


def test_the_copy_uses_its_own_graders(copy: Path) -> None:
    result = run(copy, "-c", "import graders, tools; print(graders.__file__, tools.__file__)")
    assert all(path.startswith(str(copy)) for path in result.stdout.split())
    assert not (copy / "reference").exists()


def test_untouched_stubs_are_not_started_and_not_wrong(copy: Path) -> None:
    graded = course_command("grade", "01", folder=copy)
    assert graded.code == 1, graded.err
    assert "0 of 50 points" in graded.out
    assert "not started" in graded.out
    assert "wrong" not in graded.out


def test_pytest_on_untouched_stubs_fails_and_says_not_started(copy: Path) -> None:
    result = run(copy, "-m", "pytest", "-p", "no:cacheprovider")
    assert result.returncode == 1, result.stdout + result.stderr
    checks = len(json.loads(grade_as_json(copy))["checks"])
    assert re.search(rf"\b{checks} not started", result.stdout)
    assert "01.8 Scaled dot-product attention: not started." in result.stdout
    assert " failed" not in result.stdout
    assert "Traceback" not in result.stdout


def grade_as_json(copy: Path) -> str:
    return course_command("grade", "01", "--json", "-", folder=copy).out


def test_right_work_has_all_points_at_home(copy: Path) -> None:
    solve(copy)
    graded = course_command("grade", "01", folder=copy)
    assert (graded.code, "50 of 50 points" in graded.out) == (0, True), graded.out
    result = run(copy, "-m", "pytest", "-p", "no:cacheprovider")
    assert result.returncode == 0, result.stdout


def test_grade_and_pytest_give_the_same_message_in_the_promised_order(copy: Path) -> None:
    """Exercise and words; the call; the difference; value and gradient; the mistake; the hint."""
    solve(copy)
    course = load_course(copy / "course.toml")
    variants = load_variants(load_course(HOUSE / "course.toml"), course.module("01"))
    variant = next(v for v in variants if v.mistake.id == "a1")
    (copy / "tiny_transformer" / variant.file).write_text(variant.apply(REFERENCE))
    checks = {check["id"]: check for check in json.loads(grade_as_json(copy))["checks"]}
    message = checks["01.8/gradients"]["message"]
    pattern = (
        r"01\.8 Scaled dot-product attention: the values of `output` are wrong\.\n"
        r"  must hold   The gradients of query, key and value are right.*\n"
        r"  call        scaled_dot_product_attention\(query float64\[2, 5, 4\], .*\n"
        r"  value       of output: wrong in 60 of 60 entries; first at \[0, 0, 0\]: "
        r"expected \S+, got \S+; largest difference \S+\n"
        r"  value       of weights: .*\n"
        r"  gradient    of query: .*\n"
        r"  gradient    of key: .*\n"
        r"  gradient    of value: .*\n"
        r"  looks like  the scores are not scaled\. How does .* \[a1\]\n"
        r"  hint        course hint 01\.8"
    )
    assert re.fullmatch(pattern, message), message
    result = run(copy, "-m", "pytest", "-p", "no:cacheprovider", "-k", "test_gradients")
    assert message in result.stdout


def test_k_with_the_id_of_an_exercise_runs_that_exercise_alone(copy: Path) -> None:
    result = run(copy, "-m", "pytest", "-p", "no:cacheprovider", "-k", "1.1 or 01.2")
    assert re.findall(r"^(01\.\d+) .*: not started", result.stdout, re.M) == ["01.1", "01.2"]


def test_ctrl_c_in_learner_code_ends_pytest_and_names_the_line(copy: Path) -> None:
    solve(copy)
    file = copy / "tiny_transformer" / "practice" / "attention.py"
    loop = "\n\ndef raw_scores(query, key):\n    import signal\n"
    loop += "    signal.raise_signal(signal.SIGINT)\n    while True:\n        pass\n"
    file.write_text(file.read_text(encoding="utf-8") + loop, encoding="utf-8")
    result = run(copy, "-m", "pytest", "-p", "no:cacheprovider", "-k", "01.1")
    assert result.returncode == pytest.ExitCode.INTERRUPTED, result.stdout
    assert re.search(r"practice/attention\.py:\d+: KeyboardInterrupt", result.stdout)
    assert "Traceback" not in result.stdout


def test_what_stops_a_whole_file_is_explained_once(copy: Path) -> None:
    solve(copy)
    (copy / "tiny_transformer" / "practice" / "attention.py").write_text(
        "def f(:", encoding="utf-8"
    )
    graded = course_command("grade", "01", folder=copy)
    assert graded.out.count("cannot be read") == 1
    assert "01.2 Scaling the scores: the same as 01.1." in graded.out
    every = course_command("grade", "01", "--all", folder=copy)
    assert every.out.count("cannot be read") > 10


def test_hints_get_plainer_one_at_a_time(copy: Path) -> None:
    hints = load_course(copy / "course.toml").module("01").exercise("01.2").hints
    for shown in (1, 2, 3, 3):
        result = course_command("hint", "01.2", folder=copy)
        assert result.code == 0, result.err
        assert [hint in result.out for hint in hints] == [n < shown for n in range(3)]


def test_damaged_goldens_are_named_and_not_graded_with(copy: Path) -> None:
    goldens = copy / ".course" / "goldens" / "01_attention.safetensors"
    goldens.write_bytes(goldens.read_bytes()[:1000])
    result = course_command("grade", "01", folder=copy)
    assert result.code == 2
    assert "damaged" in result.err
    assert "Traceback" not in result.err


def test_release_is_refused_in_a_copy(copy: Path) -> None:
    result = course_command("release", "--out", "x", folder=copy)
    assert result.code == 2
    assert not (copy / "x").exists()
