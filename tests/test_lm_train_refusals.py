"""``course train``: what stops a run and what is kept then, and what is refused before it begins."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from graders.errors import CourseError
from tools.lm import training
from tools.lm.checkpoint import read_checkpoint
from tools.lm.feed import Feed
from tools.lm.runs import find_checkpoint
from tools.lm.session import train

from .lm_runs import TEXT, run, same, trained

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("refused")


@pytest.fixture(scope="module")
def whole(config: Path, folder: Path) -> Path:
    """A run that came to its end."""
    trained(config, folder / "whole")
    return folder / "whole"


def test_nan_stops_says_where_and_keeps_the_last_good_state(
    folder: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = folder / "nan"
    good = trained(config, folder / "good", "training.max_steps=5", "training.scheduler=constant")
    feed = Feed.__iter__

    def poisoned(self: Any) -> Any:
        if self.seen == 5 * 4:
            layer = made[0].model.get_submodule("blocks.0.feed_forward.fc1")
            layer.register_forward_hook(lambda *found: torch.full_like(found[-1], torch.nan))
        yield from feed(self)

    made: list[training.Run] = []
    take_step = training.Run.take_step

    def noted(self: training.Run) -> Any:
        made[:] = [self]
        return take_step(self)

    monkeypatch.setattr(training.Run, "take_step", noted)
    monkeypatch.setattr(Feed, "__iter__", poisoned)
    words = r"Step 6 would .*NaN.*blocks\.0\.feed_forward\.fc1.*--resume .*step-000005.*0\.00033"
    with pytest.raises(CourseError, match=words):
        run(config, out, ["training.scheduler=constant"])
    monkeypatch.undo()
    kept = read_checkpoint(find_checkpoint(out), with_state=True)
    assert same(kept, good)


def test_an_error_in_the_learners_code_is_shown_with_its_line(
    folder: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gelu = nn.functional.gelu
    monkeypatch.setattr(nn.functional, "gelu", lambda x: gelu(x)[..., :-1])  # FeedForward calls it
    words = (
        r"did not work here: it raised RuntimeError: .*\(tiny_transformer/feedforward.py, line \d"
    )
    with pytest.raises(CourseError, match=words):
        run(config, folder / "broken")


def test_a_rate_that_is_far_too_high_never_reaches_the_weights(folder: Path, config: Path) -> None:
    out = folder / "wild"
    changes = ["training.learning_rate=1e30", "training.grad_clip=null", "training.warmup_steps=0"]
    with pytest.raises(CourseError, match="NaN or infinity into the weights"):
        run(config, out, changes)
    kept = read_checkpoint(find_checkpoint(out))
    assert not any(weight.isnan().any() for weight in kept.weights.values())


def test_a_full_disk_stops_and_names_the_last_checkpoint(
    folder: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = folder / "full"
    real, calls = os.fsync, [0]

    def full(descriptor: int) -> None:
        calls[0] += 1
        if calls[0] > 2:  # the first checkpoint and its folder are on the disk
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CourseError, match=r"No space left.*last checkpoint is .*step-000004"):
        run(config, out)
    monkeypatch.undo()
    assert [p.name for p in (out / "checkpoints").iterdir()] == ["step-000004.safetensors"]
    assert trained(config, out, resume="").facts.step == 12


def test_a_text_with_another_vocabulary_is_refused(
    whole: Path, config: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text(TEXT.replace("x", "y") + "QZ!" * 400, encoding="utf-8")
    changes = [f"training.corpus={other}", "training.max_steps=20"]
    with pytest.raises(CourseError, match=r"3 characters that the model has no id for \('QZ!'\)"):
        run(config, tmp_path / "out", changes, str(whole))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["training.device=cuda:99"], "no device cuda:99 here"),
        (["training.device=toaster"], "no device toaster"),
        (["model.vocab_size=3"], "vocab_size is 3, expected 17"),
        (["training.val_fraction=0.001"], "held-out text has 2 characters, expected 9"),
        (["training.max_steps=null", "training.warmup_steps=10000"], "expected fewer than the"),
        (["training.corpus=nowhere.txt"], "cannot be read"),
        (["training.checkpoint_dir=a/b"], "checkpoint_dir is 'a/b', expected a plain name"),
        (["training.checkpoint_dir=."], "expected a plain name"),
        (["training.checkpoint_dir=.."], "expected a plain name"),
    ],
)
def test_what_does_not_go_together_is_refused_before_the_first_step(
    config: Path, tmp_path: Path, changes: list[str], words: str
) -> None:
    with pytest.raises(CourseError, match=words):
        run(config, tmp_path / "out", changes)
    assert not (tmp_path / "out").exists()


def test_no_config_is_asked_for() -> None:
    with pytest.raises(CourseError, match="course train --config tiny"):
        train(None)


def test_a_checkpoint_of_another_model_is_refused(
    whole: Path, config: Path, tmp_path: Path
) -> None:
    with pytest.raises(CourseError, match="does not fit the model of this package"):
        run(config, tmp_path, ["model.n_layers=2"], str(whole))
