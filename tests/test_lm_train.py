"""``course train``: what a run leaves, and that it goes on as if nothing had happened."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from graders.course import Course
from graders.errors import CourseError
from release.build import build_copy
from tools.lm import session, training
from tools.lm.checkpoint import Checkpoint, read_checkpoint
from tools.lm.package import own_package
from tools.lm.runs import checkpoints_in, checkpoints_of, find_checkpoint, read_log
from tools.lm.session import train
from tools.lm.settings import load_config
from tools.lm.use import load_trained

from .conftest import HOUSE, REFERENCE
from .lm_runs import TEXT, run, same, small_config, trained
from .shell import COMMAND, course_command

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def whole(config: Path, folder: Path) -> Checkpoint:
    """A run that nothing interrupts."""
    return trained(config, folder / "whole")


def log_of(out: Path) -> list[dict[str, Any]]:
    """The log, without how fast it went."""
    return [
        {key: value for key, value in line.items() if key != "tokens_per_second"}
        for line in read_log(out / "log.jsonl")
    ]


def test_a_run_leaves_settings_log_and_checkpoints(
    whole: Checkpoint, folder: Path, config: Path
) -> None:
    out = folder / "whole"
    own = own_package()
    assert own.tt.config.ExperimentConfig.from_yaml((out / "config.yaml").read_text()) == (
        load_config(own, str(config))
    )
    log = log_of(out)
    assert [line["step"] for line in log] == [2, 4, 6, 8, 10, 12]
    assert [line["step"] for line in log if "val_loss" in line] == [4, 8, 12]
    assert log[-1]["val_loss"] < log[0]["loss"]
    assert log[0]["learning_rate"] == pytest.approx(1e-3 / 2)  # warm-up: of step 1 of 2
    assert [p.name[5:11] for p in checkpoints_in(out / "checkpoints")] == ["000008", "000012"]
    facts = whole.facts
    assert (facts.step, facts.windows) == (12, 48)
    assert facts.val_loss == log[-1]["val_loss"]
    assert facts.characters == sorted(set(TEXT))
    assert set(facts.versions) >= {"python", "torch"}
    assert facts.commit is None or re.fullmatch(r"[0-9a-f]{40}\+?", facts.commit)


def test_the_kept_model_has_the_loss_that_was_logged(whole: Checkpoint, folder: Path) -> None:
    made = load_trained(own_package(), find_checkpoint(folder / "whole"))
    ids = torch.tensor(made.tokenizer.encode(TEXT[-len(TEXT) // 10 :]))
    windows = ids[: 8 * 8 + 1]
    inputs, targets = windows[:-1].view(8, 8), windows[1:].view(8, 8)
    with torch.no_grad():
        logits, _ = made.model(inputs)
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
    assert float(loss) == pytest.approx(whole.facts.val_loss, abs=1e-6)


@pytest.mark.parametrize("at", [3, 8])
def test_a_stopped_run_goes_on_bit_for_bit(
    whole: Checkpoint, folder: Path, config: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    out = folder / f"stopped at {at}"
    take_step = training.Run.take_step

    def interrupted(self: training.Run) -> Any:
        if self.step == at - 1:
            os.kill(os.getpid(), signal.SIGINT)  # Ctrl-C, in the middle of a step
        return take_step(self)

    monkeypatch.setattr(training.Run, "take_step", interrupted)
    assert run(config, out) == session.STOPPED
    monkeypatch.undo()
    assert find_checkpoint(out).name == f"step-{at:06}.safetensors"
    torch.manual_seed(at)  # another stream of chance than at the beginning
    assert same(trained(config, out, resume=""), whole)
    assert log_of(out) == log_of(folder / "whole")


def test_a_killed_run_goes_on_bit_for_bit_from_its_last_checkpoint(
    whole: Checkpoint, folder: Path, config: Path
) -> None:
    out = folder / "killed"
    code = (
        "import os, signal\nfrom tools.lm import training\n"
        "take_step = training.Run.take_step\n"
        "def killed(self):\n    if self.step == 6: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"    return take_step(self)\ntraining.Run.take_step = killed\n{COMMAND}"
    )
    arguments = ["train", "--config", str(config), "--out", str(out), "--quiet"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=HOUSE, check=False)
    assert done.returncode == -signal.SIGKILL
    assert [line["step"] for line in log_of(out)] == [2, 4, 6]
    assert find_checkpoint(out).name == "step-000004.safetensors"
    assert same(trained(config, out, resume=""), whole)
    assert log_of(out) == log_of(folder / "whole")


def test_a_run_that_is_there_is_not_lost(whole: Checkpoint, folder: Path, config: Path) -> None:
    with pytest.raises(CourseError, match=r"holds a run already.*--resume.*--out.*--overwrite"):
        run(config, folder / "whole")
    assert run(config, folder / "whole", resume="") == session.DONE  # nothing is left to do


def test_checkpoints_in_a_folder_of_another_name_are_found(
    whole: Checkpoint, folder: Path, config: Path
) -> None:
    out, place = folder / "named", "training.checkpoint_dir=kept"
    trained(config, out, place, "training.max_steps=4")
    with pytest.raises(CourseError, match="holds a run already"):
        run(config, out)
    more = trained(config, out, "training.max_steps=8", resume=str(out))
    assert more.facts.step == 8
    assert [path.parent.name for path in checkpoints_of(out)] == ["kept", "kept"]
    train(None, resume=str(out), changes=["training.max_steps=9"], quiet=True)  # as typed: no --out
    assert find_checkpoint(out) == out / "kept" / "step-000009.safetensors"
    train(str(config), out=out, overwrite=True, quiet=True)
    assert {path.parent.name for path in checkpoints_of(out)} == {"checkpoints"}
    assert same(read_checkpoint(find_checkpoint(out), with_state=True), whole)


def test_more_steps_follow_the_new_schedule(whole: Checkpoint, folder: Path, config: Path) -> None:
    out = folder / "longer"
    trained(config, out)
    more = trained(config, out, "training.max_steps=16", resume=str(out))
    assert more.facts.step == 16
    assert more.facts.config["training"]["max_steps"] == 16
    assert log_of(out)[-2]["learning_rate"] > log_of(out)[-1]["learning_rate"] > 0


def test_epochs_decide_where_steps_are_not_given(folder: Path, config: Path) -> None:
    made = trained(
        config, folder / "epochs", *("training.max_steps=null", "training.num_epochs=1"),
        "training.seq_len=16", "training.scheduler=constant", "training.eval_interval=100",
    )  # fmt: skip
    windows = (len(TEXT) * 9 // 10 - 1) // 16
    assert made.facts.step == windows // 4


def test_accumulation_is_one_larger_batch(folder: Path, config: Path) -> None:
    changes = ("model.dropout=0", "training.precision=float64", "training.max_steps=4")
    one = trained(config, folder / "one", *changes)
    parts = trained(
        config, folder / "parts", *changes, "training.batch_size=2",
        "training.gradient_accumulation_steps=2",
    )  # fmt: skip
    for name, weight in one.weights.items():
        torch.testing.assert_close(parts.weights[name], weight, rtol=1e-9, atol=1e-12)


def test_from_the_shell_it_shows_figures_and_what_to_do_next(tmp_path: Path) -> None:
    config = small_config(tmp_path, f"{TEXT}Ω")
    told = course_command("train", "--config", config, "--out", tmp_path / "out")
    assert told.code == 0
    assert "Warning: 'Ω' is in the held-out text only; it is left out" in told.err
    assert re.search(r"parameters, 17 characters, 12 steps on cpu", told.err)
    assert re.search(
        r"step +12 of 12  loss \d\.\d{4}  held-out \d\.\d{4}  rate .* tokens/s  0:00 left", told.err
    )
    assert f"course generate --checkpoint {tmp_path / 'out'}" in told.err


@pytest.fixture(scope="module")
def copy(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student copy of module 06, with its stubs."""
    root = tmp_path_factory.mktemp("copy")
    for path, content in build_copy(course, [course.module("06")], {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def test_in_a_student_copy_unwritten_exercises_are_named(copy: Path) -> None:
    told = course_command("train", "--config", "tiny", folder=copy)
    assert told.code == 2
    assert "Still to be written: 01.3 Causal mask (attention.py); then 01.8" in told.err
    assert "practice/" not in told.err
    assert "Begin with the first: course show 01.3, course hint 01.3" in told.err
    assert not (copy / "runs").exists()


def test_in_a_student_copy_it_is_the_learners_own_package(
    copy: Path, config: Path, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    shutil.copytree(copy, work)
    shutil.copytree(REFERENCE, work / "tiny_transformer", dirs_exist_ok=True)
    model = work / "tiny_transformer/model.py"
    text, line = model.read_text(encoding="utf-8"), "self.max_len = max_len"
    assert line in text
    model.write_text(text.replace(line, f"{line}; print('MINE')"), encoding="utf-8")
    told = course_command("train", "--config", config, folder=work)
    assert told.code == 0
    assert told.out == "MINE\n"
    assert find_checkpoint(work / "runs/small").name == "step-000012.safetensors"


@pytest.mark.parametrize("order", ["first", "reversed"])
def test_a_tokenizer_with_ids_in_another_order_will_do(
    whole: Checkpoint, folder: Path, config: Path, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    kind = own_package().tt.training.dataset.CharTokenizer

    def fit(self: Any, text: str) -> None:
        self.characters = [*dict.fromkeys(text)][:: 1 if order == "first" else -1]
        self.ids = {character: i for i, character in enumerate(self.characters)}

    monkeypatch.setattr(kind, "fit", fit)
    made = trained(config, folder / order)
    assert sorted(made.facts.characters) == whole.facts.characters
    assert made.facts.characters != whole.facts.characters
