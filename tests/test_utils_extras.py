"""What module 08 hands to learners complete: the plots, the commit, settings written to a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

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


def test_attention_is_drawn_as_it_is_and_saved(package: Any, tmp_path: Path) -> None:
    weights = torch.tensor([[1.0, 0.0, 0.0], [0.25, 0.75, 0.0]])
    file = tmp_path / "attention.png"
    figure = package.utils.visualization.plot_attention_pattern(
        weights, ["a", "\n", "c"], path=file
    )
    axes = figure.axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), weights.numpy())
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "\\n", "c"]
    assert file.read_bytes().startswith(b"\x89PNG")


def test_each_head_has_its_own_picture(package: Any) -> None:
    weights = torch.rand(5, 4, 4)
    figure = package.utils.visualization.plot_multi_head_attention(weights)
    drawn = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    heads = [array for array in drawn if array.shape == (4, 4)]  # the others are scales
    np.testing.assert_array_equal(heads, weights.numpy())


def test_curves_embeddings_temperatures_and_norms_are_those_that_were_given(package: Any) -> None:
    plots = package.utils.visualization
    line = plots.plot_training_curves({"loss": [(1, 3.0), (5, 2.0)]}).axes[0].lines[0]
    assert line.get_xydata().tolist() == [[1.0, 3.0], [5.0, 2.0]]

    table = torch.randn(6, 4, dtype=torch.float64)
    table[:, 2:] *= 1e-6  # so that the first two axes hold nearly all of it
    points = plots.plot_token_embeddings_2d(table, list("abcdef")).axes[0].collections[0]
    shown = torch.from_numpy(np.asarray(points.get_offsets()))
    torch.testing.assert_close(torch.pdist(shown), torch.pdist(table), rtol=1e-4, atol=1e-4)

    bars = plots.plot_temperature_comparison(torch.tensor([0.0, 2.0]), [0.5, 1.0]).axes[0].patches
    expected = [torch.tensor([2.0 / t, 0.0]).softmax(0).tolist() for t in (0.5, 1.0)]
    assert [bar.get_height() for bar in bars] == pytest.approx([*expected[0], *expected[1]])

    bars = plots.plot_gradient_flow({"a": torch.tensor(2.0), "b": 0.5}).axes[0].patches
    assert [bar.get_width() for bar in bars] == [2.0, 0.5]


@pytest.mark.parametrize("call", ["plot_attention_pattern", "plot_multi_head_attention"])
def test_weights_of_another_rank_are_refused(package: Any, call: str) -> None:
    with pytest.raises(ValueError, match=r"weights has shape \[2\]"):
        getattr(package.utils.visualization, call)(torch.zeros(2))


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
