"""What module 08 hands to learners complete: the commit, settings written to a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graders.worker.loading import load_package

from .conftest import HOUSE

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def package() -> Any:
    return load_package(HOUSE / "reference", "tiny_transformer", "utils_extras")


def test_no_part_of_the_utils_loads_matplotlib_but_the_plots() -> None:
    code = (
        "import sys; from tiny_transformer.utils import (checkpoint, experiment, logging, monitoring,"
        " overrides, random_state, shape_checker); sys.exit('matplotlib' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=HOUSE / "reference", check=True)


def test_the_commit_is_read_from_a_branch_a_packed_branch_and_a_worktree(
    package: Any, tmp_path: Path
) -> None:
    git_commit = package.utils.checkpoint.git_commit
    git, below = tmp_path / "house" / ".git", tmp_path / "house" / "a" / "b"
    (git / "refs" / "heads").mkdir(parents=True)
    below.mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    assert git_commit(below) is None  # nothing is committed yet
    (git / "packed-refs").write_text(f"# pack-refs\n{COMMIT} refs/heads/main\n")
    assert git_commit(below) == COMMIT
    (git / "refs" / "heads" / "main").write_text(COMMIT[::-1] + "\n")
    assert git_commit(below) == COMMIT[::-1]

    own = git / "worktrees" / "other"
    own.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/main\n")
    (own / "commondir").write_text("../..\n")
    tree = tmp_path / "other"
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {own}\n")
    assert git_commit(tree) == COMMIT[::-1]


@pytest.mark.parametrize("name", ["run.json", "run.yaml"])
def test_settings_that_were_written_are_read_back(package: Any, tmp_path: Path, name: str) -> None:
    overrides, kind = package.utils.overrides, package.config.ExperimentConfig
    given = ["training.max_steps=200", "training.learning_rate=1e-4", "name=naive"]
    config = overrides.apply_overrides(kind(), given)
    overrides.save_config(config, tmp_path / name)
    assert overrides.load_config(kind, tmp_path / name) == config
    assert (config.training.max_steps, config.training.learning_rate) == (200, 1e-4)


def test_a_run_that_is_killed_within_a_write_leaves_the_last_good_checkpoint(
    package: Any, tmp_path: Path
) -> None:
    code = """
import os, signal, sys
import torch
from tiny_transformer.utils.checkpoint import CheckpointManager

class Killed:
    def __reduce__(self):
        os.kill(os.getpid(), signal.SIGKILL)

manager = CheckpointManager(sys.argv[1])
manager.save({"weight": torch.full((3,), 1.0)}, 1, 0.5)
manager.save({"weight": torch.full((3,), 2.0), "end": Killed()}, 1, 0.25)
"""
    reference = HOUSE / "reference"
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=reference, check=False)
    assert ended.returncode == -9
    record = package.utils.checkpoint.CheckpointManager(tmp_path).load()
    assert (record["step"], record["loss"]) == (1, 0.5)
    assert record["state"]["weight"].tolist() == [1.0, 1.0, 1.0]
