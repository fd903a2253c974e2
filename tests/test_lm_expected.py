"""The table of losses to expect: it fits the configs, and a run fits it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from graders.errors import CourseError
from graders.toml import tomllib
from tools.lm.expected import FILE, expected_of
from tools.lm.package import own_package
from tools.lm.runs import read_log
from tools.lm.settings import load_config

from .conftest import HOUSE
from .lm_runs import run, small_config

RUNS = tomllib.loads((HOUSE / FILE).read_text(encoding="utf-8"))["run"]


@pytest.mark.parametrize("entry", RUNS, ids=lambda entry: f"{entry['config']} {entry['corpus']}")
def test_the_steps_are_those_of_the_config(entry: dict[str, str]) -> None:
    config = load_config(own_package(), entry["config"]).training
    steps, tolerance = expected_of(HOUSE, entry["config"], entry["corpus"])
    every, total = config.eval_interval, config.max_steps
    assert [at.step for at in steps] == [*range(every, total + 1, every)]
    assert all(at.low <= at.loss <= at.high for at in steps)
    assert all(at.high - at.low < tolerance for at in steps)
    assert [at.loss for at in steps] == sorted((at.loss for at in steps), reverse=True)


@pytest.mark.proof
def test_tiny_comes_out_as_the_table_says(tmp_path: Path) -> None:
    assert run(Path("tiny"), tmp_path, ["training.seed=7"]) == 0
    steps, tolerance = expected_of(HOUSE, "tiny", "builtin")
    found = {
        at["step"]: at["val_loss"] for at in read_log(tmp_path / "log.jsonl") if "val_loss" in at
    }
    for at in steps:
        assert found[at.step] == pytest.approx(at.loss, abs=tolerance)


def test_what_was_not_measured_is_said(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"nothing of the config tiny with the corpus x.*builtin"):
        expected_of(HOUSE, "tiny", "x")
    with pytest.raises(CourseError, match="cannot be read"):
        expected_of(tmp_path, "tiny", "builtin")


def test_the_script_writes_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("expected", HOUSE / "benchmarks/expected.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "expected", script)
    spec.loader.exec_module(script)
    config = small_config(tmp_path)
    runs = [tmp_path / "runs/a", tmp_path / "runs/b"]
    for seed, out in enumerate(runs):
        run(config, out, [f"training.seed={seed}"])
    (tmp_path / "configs").mkdir()
    (tmp_path / FILE).write_text(
        script.text_of({**script.kept(HOUSE / FILE), **script.measured(runs)})
    )
    steps, _ = expected_of(tmp_path, "small", str(tmp_path / "text.txt"))
    assert [at.step for at in steps] == [4, 8, 12]
    assert all(at.low < at.loss < at.high for at in steps)
    assert expected_of(tmp_path, "tiny", "builtin") == expected_of(HOUSE, "tiny", "builtin")
