"""Other ways to run the same training give the same, within what is stated."""

from __future__ import annotations

import copy
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from graders.errors import CourseError
from graders.lm.corpus import Corpus
from tools.lm import tracking
from tools.lm.checkpoint import read_checkpoint
from tools.lm.feed import Feed, in_order
from tools.lm.package import own_package
from tools.lm.runs import find_checkpoint
from tools.lm.session import train
from tools.lm.settings import load_config
from tools.lm.training import start_run
from tools.lm.variants import in_one_pass, prepared
from tools.lm.world import World

from .conftest import HOUSE
from .lm_runs import TEXT, run, trained

pytestmark = pytest.mark.proof

EXACT = ("training.precision=float64", "model.dropout=0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("variants")


def torchrun(*arguments: object) -> subprocess.CompletedProcess[str]:
    """``course train`` in two processes."""
    started = (
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node=2",
        "-m",
        "tools.lm",
    )
    return subprocess.run(
        [sys.executable, "-W", "ignore", *started, *map(str, arguments)],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_processes_are_one_on_the_same_batches(folder: Path, config: Path) -> None:
    changes = [part for change in EXACT for part in ("--set", change)]
    done = torchrun("--config", config, "--out", folder / "two", "--quiet", *changes)
    assert done.returncode == 0, done.stderr
    two = read_checkpoint(find_checkpoint(folder / "two"), with_state=True)
    one = trained(config, folder / "one", *EXACT)
    assert len(two.state["chance"]) == 2
    assert (two.facts.step, two.facts.windows) == (one.facts.step, one.facts.windows) == (12, 48)
    assert two.facts.train_loss == pytest.approx(one.facts.train_loss, abs=1e-6)
    for name, weight in one.weights.items():
        assert weight.dtype == torch.float64
        torch.testing.assert_close(two.weights[name], weight, rtol=0, atol=1e-6)


def test_batches_that_cannot_be_shared_are_refused(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_package()
    settings = load_config(own, str(config), ["training.batch_size=3"])
    with pytest.raises(CourseError, match="batch_size is 3, expected a multiple of 2"):
        start_run(own, settings, Corpus("text", TEXT, 100), "cpu", World(0, 2), {})
    monkeypatch.setenv("WORLD_SIZE", "2")  # without the rest of what torchrun says
    with pytest.raises(CourseError, match=r"did not find each other.*torchrun --nproc-per-node=2"):
        run(config, tmp_path)


@pytest.fixture(scope="module")
def model() -> nn.Module:
    torch.manual_seed(0)
    sizes = {"d_model": 16, "n_heads": 2, "n_layers": 2, "d_ff": 32, "max_len": 8, "dropout": 0.0}
    return own_package().build_model({**sizes, "vocab_size": 11})


def outcome(model: nn.Module) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Logits and gradients of a model on some tokens."""
    tokens = torch.randint(11, (3, 8), generator=torch.Generator().manual_seed(1))
    logits, _ = model(tokens)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten())
    torch.autograd.backward(loss)
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    return logits.detach(), gradients


def test_bfloat16_stays_near_and_gives_float32(model: nn.Module) -> None:
    logits, gradients = outcome(model)
    near, near_gradients = outcome(prepared(model, "bfloat16", compiled=False))
    assert near.dtype == torch.float32
    assert not torch.equal(near, logits)
    torch.testing.assert_close(near, logits, rtol=3e-2, atol=3e-2)
    torch.testing.assert_close(near_gradients, gradients, rtol=3e-2, atol=3e-2)


def test_bfloat16_trains(folder: Path, config: Path) -> None:
    plain = trained(config, folder / "plain", "model.dropout=0")
    half = trained(config, folder / "half", "model.dropout=0", "training.precision=bfloat16")
    assert half.weights["ln_f.weight"].dtype == torch.float32
    assert half.facts.val_loss == pytest.approx(plain.facts.val_loss, abs=3e-2)


@pytest.mark.parametrize("kind", [torch.optim.AdamW, torch.optim.Adam, torch.optim.SGD])
def test_an_update_in_one_pass_is_the_same_update(
    model: nn.Module, kind: type[torch.optim.Optimizer]
) -> None:
    updated = []
    for one_pass in (False, True):
        mine = copy.deepcopy(model).double()
        optimizer = kind(mine.parameters(), lr=1e-2)  # type: ignore[call-arg]
        if one_pass:
            in_one_pass(optimizer)
        for _ in range(3):
            logits, _ = mine(torch.arange(8)[None])
            logits.logsumexp(-1).sum().backward()
            optimizer.step()
        updated.append([*mine.parameters()])
        assert kind is torch.optim.SGD or optimizer.param_groups[0]["fused"] is (one_pass or None)
    torch.testing.assert_close(updated[0], updated[1], rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore")  # within torch
def test_compiled_gives_the_same(model: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    logits, gradients = outcome(model)
    # all but the last stage, which takes a C++ compiler minutes; benchmarks/training.py has it too
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))
    compiled = prepared(copy.deepcopy(model), "float32", compiled=True)
    assert compiled._compiled_call_impl is not None
    same, same_gradients = outcome(compiled)
    torch.testing.assert_close(same, logits, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(same_gradients, gradients, rtol=1e-5, atol=1e-5)


def test_every_pass_has_each_window_once_and_its_order_follows_from_seed_and_position() -> None:
    dataset = [(torch.tensor([i]), torch.tensor([i + 1])) for i in range(10)]

    def given(feed: Feed, steps: int) -> list[int]:
        return [int(i) for _ in range(steps) for inputs, _ in feed for i in inputs.flatten()]

    numbers = given(Feed(dataset, 4, seed=1), 10)
    passes = [numbers[i : i + 10] for i in range(0, 40, 10)]
    assert all(sorted(one) == [*range(10)] for one in passes)
    assert len({*map(tuple, passes)}) == 4
    assert given(Feed(dataset, 4, seed=2), 10) != numbers
    onward = Feed(dataset, 4, seed=1)
    onward.seen = 12
    assert given(onward, 7) == numbers[12:]
    parts = [Feed(dataset, 4, seed=1, rank=rank, processes=2) for rank in range(2)]
    shares = [given(part, 10) for part in parts]
    together = [shares[rank][i : i + 2] for i in range(0, 20, 2) for rank in range(2)]
    assert [number for share in together for number in share] == numbers
    assert [len(inputs) for inputs, _ in in_order(dataset, 4)] == [4, 4, 2]


def test_tensorboard_gets_the_figures(folder: Path, config: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trained(config, folder / "board", "training.tracker=tensorboard")
    events: Any = EventAccumulator(str(folder / "board/tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("val_loss")] == [4, 8, 12]
    assert [event.step for event in events.Scalars("loss")] == [2, 4, 6, 8, 10, 12]


def test_a_tracker_that_is_missing_is_the_console_with_a_warning(
    folder: Path, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)  # as where it is not installed
    assert train(str(config), ["training.tracker=wandb"], out=folder / "wandb") == 0
    assert "Warning: wandb is not installed (pip install wandb)" in capsys.readouterr().err


def test_a_tracker_that_fails_does_not_stop_the_run(tmp_path: Path) -> None:
    class Failing:
        def __init__(self, *_: Any) -> None:
            self.asked = 0

        def track(self, step: int, figures: Any) -> None:
            self.asked += 1
            raise ConnectionError("the service is away")

        def close(self) -> None:
            raise ConnectionError("the service is away")

    made = Failing()
    told: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(tracking._KINDS, "wandb", (lambda *_: made, ""))
        tracker = tracking.open_tracker("wandb", tmp_path, {}, told.append)
        for step in (1, 2):
            tracker.track(step, {"loss": 1.0})
        tracker.close()
    assert made.asked == 1
    assert told == ["tracking stopped at step 1 (the service is away); the log goes on."]
