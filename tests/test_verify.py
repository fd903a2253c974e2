"""`course verify`: what is missing on a machine is found, with its cause and what to type."""

from __future__ import annotations

import json
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from graders.course import Course
from graders.errors import CourseError
from tools import verifying
from tools.verifying import Finding, verify_machine

from .conftest import HOUSE
from .shell import course_command


def test_on_this_machine_there_is_no_problem() -> None:
    done = course_command("verify", "--json")
    rows = {row["name"]: row for row in json.loads(done.out)["findings"]}
    assert done.code == 0, rows
    names = {"Python", "course", "packages", "CPU", "CUDA", "MPS", "memory", "isolation"}
    assert names <= {*rows}
    assert f"torch {version('torch')}" in rows["packages"]["found"]
    assert all(row["good"] for row in rows.values())


def test_a_problem_is_shown_with_cause_and_mend_and_exit_code_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [Finding("good one", "here"), Finding("bad one", "gone", "It is needed.", "get it")]
    monkeypatch.setattr(verifying, "look", lambda _: iter(found))
    monkeypatch.chdir(HOUSE)
    assert verify_machine(as_json=False) == 1
    said = capsys.readouterr().out
    assert "problem  bad one   gone" in said
    assert "bad one: gone\n  cause    It is needed.\n  to mend  get it" in said
    assert "1 problem" in said


def test_an_old_python_is_a_problem() -> None:
    found = verifying.python(">=3.99")
    assert "Python >=3.99 with 64 bits is expected" in found.cause
    assert "-m venv" in found.mend
    assert not verifying.python(">=3.10").cause


def test_packages_that_are_missing_or_old_are_named_with_what_to_type() -> None:
    asked = ["no-such-package>=1.2", "click>=99", "torch>=2", 'nowhere>=1; sys_platform == "none"']
    missing, old, good = verifying.packages(asked)
    assert (missing.found, missing.mend) == ("missing", 'pip install "no-such-package>=1.2"')
    assert (old.found, old.mend) == (version("click"), 'pip install "click>=99"')
    assert good.found == f"torch {version('torch')}"
    assert not good.cause


def test_the_command_of_another_folder_is_a_problem(course: Course, tmp_path: Path) -> None:
    """A second student copy in the same environment would be graded by the first one's tools."""
    other = SimpleNamespace(root=tmp_path)
    found = verifying.command(other)  # type: ignore[arg-type]
    assert str(tmp_path) in found.cause
    assert found.mend == f'pip install -e "{tmp_path}"'
    assert not verifying.command(course).cause


def test_a_torch_that_cannot_be_imported_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    [found] = verifying.devices()
    assert found.cause.startswith("`import torch` ends with ModuleNotFoundError")
    assert "pip install" in found.mend


def test_a_device_that_computes_wrongly_or_not_at_all_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.Tensor, "__matmul__", lambda one, _: one.new_zeros(2, 2) * one.sum())
    wrong, *_ = verifying.devices()
    assert "comes out wrong" in wrong.cause

    def broken(*_: object) -> None:
        raise RuntimeError("no kernel image")

    monkeypatch.setattr(torch.Tensor, "__matmul__", broken)
    dead, *_ = verifying.devices()
    assert "ends with RuntimeError: no kernel image" in dead.cause


def test_a_gpu_that_torch_cannot_use_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(verifying, "DRIVER", Path(__file__))  # it is there
    found = {finding.name: finding for finding in verifying.devices()}["CUDA"]
    assert "built for CUDA 12.8, cannot use it" in found.cause
    assert found.mend.startswith("nvidia-smi")


def test_little_disk_and_a_folder_that_is_locked_are_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not verifying.space("disk", tmp_path).cause
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 << 20))
    found = verifying.space("disk", tmp_path)
    assert found.found == f"5 MB free in {tmp_path}"
    assert "1024 MB are expected" in found.cause
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "cannot be written to" in verifying.space("disk", tmp_path).cause


def test_little_memory_is_a_problem_and_unknown_memory_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not verifying.memory(1).cause
    monkeypatch.setattr(verifying, "_free_memory_mb", lambda: 100)
    assert "2048 MB are expected" in verifying.memory(2048).cause
    monkeypatch.setattr(verifying, "_free_memory_mb", lambda: None)
    assert verifying.memory(2048) == Finding("memory", "not known on this system")


def test_workers_that_do_not_start_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise CourseError("no processes left")

    monkeypatch.setattr("graders.worker.launch.launcher", none)
    found = verifying.isolation()
    assert "no processes left" in found.cause
    assert found.mend == "course doctor"


def test_a_course_that_does_not_say_what_it_needs_is_said(tmp_path: Path) -> None:
    shutil.copy(HOUSE / "course.toml", tmp_path)
    done = course_command("verify", folder=tmp_path)
    assert done.code == 2
    assert "pyproject.toml: FileNotFoundError" in done.err
    assert "does not say what the course needs" in done.err
