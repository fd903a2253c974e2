"""`course export github-classroom`, and the workflow of a student copy that calls it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from graders.errors import CourseError
from graders.report import as_json
from tools.export.github_classroom import as_result

from .results import MODULE, course, report, write_results
from .shell import COMMAND, course_command

pytestmark = pytest.mark.proof

RIGHT = "\n\ndef weighted_sum(n, w):\n    return (n * w).sum() / len(n) ** 0.5\n"
KEYS = {
    *("name", "status", "score", "message", "test_code"),
    *("task_id", "filename", "line_no", "duration", "output"),
}


@pytest.fixture(scope="module")
def copy(tiny_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student copy, in which `course` and `pytest` are those of the shell, as in a workflow."""
    root = tmp_path_factory.mktemp("classroom")
    shutil.copytree(tiny_release / "copy", root / "copy")
    (root / "bin").mkdir()
    for name, words in {"course": f'-c "{COMMAND}"', "pytest": "-m pytest"}.items():
        script = root / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        script.chmod(0o755)
    return root / "copy"


def run_workflow(copy: Path, *without: str) -> tuple[int, str, dict[str, Any]]:
    """Run the steps of the copy's workflow: exit code, what they print, and the output `result`."""
    workflow = yaml.safe_load((copy / ".github/workflows/course.yml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert scripts.pop(0) == "pip install -e ."
    assert scripts[-1] == "pytest"
    outputs = copy.parent / "outputs"
    outputs.write_text("other=1\n")
    said, code = "", 0
    for script in (script for script in scripts if script not in without):
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=copy,
            env={
                **os.environ,
                "PATH": f"{copy.parent / 'bin'}:{os.environ['PATH']}",
                "PYTHONPATH": str(copy),
                "RUNNER_TEMP": str(copy.parent),
                "GITHUB_OUTPUT": str(outputs),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        said, code = said + done.stdout, done.returncode
        if code:
            break
    other, result = outputs.read_text().splitlines()
    assert other == "other=1"
    return code, said, json.loads(base64.b64decode(result.removeprefix("result=")))


def test_the_workflow_of_a_copy_reports_the_points(copy: Path) -> None:
    """Missing points do not end it before they are reported; `pytest` does, afterwards."""
    code, said, result = run_workflow(copy, "pytest")
    assert code == 0
    assert "\n::notice title=Autograding complete::Points 0/3\n" in said
    assert (result["status"], result["max_score"], result["version"]) == ("fail", 3, 1)
    work = copy / "sums" / "adding.py"
    work.write_text(work.read_text(encoding="utf-8") + RIGHT, encoding="utf-8")
    code, said, result = run_workflow(copy)
    assert code == 0
    assert "\n::notice title=Autograding complete::Points 3/3\n" in said
    assert '\n::notice title=Autograding report::{"totalPoints": 3, "maxPoints": 3}\n' in said
    (test,) = result["tests"]
    assert test.keys() == KEYS
    assert (result["status"], test["status"], test["score"]) == ("pass", "pass", 3)


def test_a_copy_has_this_export_alone(copy: Path) -> None:
    listed = course_command("export", "--help", folder=copy).out.partition("Commands:")[2]
    assert [line.split()[0] for line in listed.strip().splitlines()] == ["github-classroom"]


def test_the_result_sums_up_several_modules() -> None:
    result = as_result([report("me", wrong=["01.2"]), report("me", error="no\nfolder")])
    exercises = len(MODULE.exercises)
    assert result["max_score"] == 2 * MODULE.points
    assert (result["status"], result["message"]) == ("error", "01: no\nfolder")
    assert [test["task_id"] for test in result["tests"]] == [*range(1, 2 * exercises + 1)]
    assert (
        sum(t["score"] for t in result["tests"]) == MODULE.points - MODULE.exercise("01.2").points
    )
    wrong = result["tests"][1]
    assert (wrong["status"], wrong["name"]) == ("fail", "01.2 Scaling the scores (0/2)")
    assert wrong["message"].startswith("01.2: the values are wrong.")
    assert {test["status"] for test in result["tests"][exercises:]} == {"error"}


def test_outside_a_workflow_the_result_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    file = tmp_path / "01.json"
    file.write_text(json.dumps(as_json(report("me"))))
    assert course("export", "github-classroom", file) == 0
    assert f"::Points {MODULE.points}/{MODULE.points}\n" in (said := capsys.readouterr().out)
    assert json.loads(base64.b64decode(said.partition("result=")[2]))["status"] == "pass"


def test_the_reports_of_a_class_are_nobodys_points(tmp_path: Path) -> None:
    results = write_results(tmp_path / "grades", [report("a"), report("b")])
    with pytest.raises(CourseError, match="holds 2 reports"):
        course("export", "github-classroom", results)
