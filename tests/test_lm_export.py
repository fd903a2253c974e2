"""`course export-model`: other forms of a model are the same model, or are not written."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from graders.errors import CourseError
from tools.lm import exporting
from tools.lm.exporting import FACTS, FILES, Exporter, export_model
from tools.lm.held_out import held_out_windows, loss_of
from tools.lm.writing import Writer

from .lm_models import CHARACTERS, MAX_LEN

pytestmark = pytest.mark.proof

TOKENS = torch.tensor([[1, 2, 3], [7, 0, 4]])


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("abcde? Xa\n" * 30, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def exporter(run: Path) -> Exporter:
    """It captures the model once."""
    return Exporter(Writer.open(run), 1e-4)


@pytest.fixture(scope="module")
def exported(exporter: Exporter, text: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every form of the model."""
    out = tmp_path_factory.mktemp("exported") / "new"
    assert export_model(exporter, [*FILES], out, 1.0, text) == 0
    return out


@pytest.fixture
def writer(exporter: Exporter) -> Writer:
    return exporter.writer


def logits(writer: Writer, tokens: Tensor) -> Tensor:
    with torch.no_grad():
        made: Tensor = writer.trained.model(tokens)[0]
    return made


def running(path: Path) -> Callable[[Tensor], Tensor]:
    session = onnxruntime.InferenceSession(path)
    return lambda tokens: torch.from_numpy(session.run(["logits"], {"tokens": tokens.numpy()})[0])


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (7, MAX_LEN)], ids=str)
def test_each_form_is_the_model_for_any_batch_and_length(
    exported: Path, writer: Writer, shape: tuple[int, int]
) -> None:
    tokens = torch.randint(len(CHARACTERS), shape)
    wanted = logits(writer, tokens)
    program = torch.export.load(exported / FILES["torch"]).module()
    assert torch.allclose(program(tokens), wanted, atol=1e-5)
    assert torch.allclose(running(exported / FILES["onnx"])(tokens), wanted, atol=1e-4)
    assert torch.allclose(running(exported / FILES["int8"])(tokens), wanted, atol=0.5)


def test_each_form_carries_what_is_needed_to_use_it_alone(exported: Path) -> None:
    extra = {FACTS: ""}
    torch.export.load(exported / FILES["torch"], extra_files=extra)
    session = onnxruntime.InferenceSession(exported / FILES["onnx"])
    for facts in (extra[FACTS], session.get_modelmeta().custom_metadata_map[FACTS]):
        assert json.loads(facts)["characters"] == CHARACTERS
        assert json.loads(facts)["config"]["model"]["max_len"] == MAX_LEN


def test_int8_shows_size_and_loss_before_and_after(
    exporter: Exporter,
    exported: Path,
    text: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    export_model(exporter, ["int8"], tmp_path, 1.0, text)
    said = capsys.readouterr().out
    assert [*tmp_path.iterdir()] == [tmp_path / FILES["int8"]]
    size = (exported / FILES["onnx"]).stat().st_size
    windows = held_out_windows(exporter.writer, text)
    before = loss_of(running(exported / FILES["onnx"]), windows)
    after = loss_of(running(tmp_path / FILES["int8"]), windows)
    assert f"({size:,} bytes before)" in said
    assert f"held-out loss {before:.4f} before, {after:.4f} after" in said
    assert before != after


def test_the_loss_is_that_of_the_next_token(writer: Writer, text: Path) -> None:
    """It leaves out what the model does not know, and agrees with torch's own."""
    windows = held_out_windows(writer, text)
    assert windows.inputs.shape == windows.targets.shape == (128, MAX_LEN)
    assert torch.equal(windows.inputs[:, 1:], windows.targets[:, :-1])
    wanted = nn.functional.cross_entropy(
        logits(writer, windows.inputs).flatten(0, 1), windows.targets.flatten()
    )
    found = loss_of(lambda tokens: logits(writer, tokens), windows)
    assert found == pytest.approx(wanted.item(), rel=1e-5)


class Odd(nn.Module):
    """Follows the values of its tokens: a program cannot."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor) -> tuple[Tensor, None]:
        made = self.model(tokens)[0]
        return (made + 1 if (tokens > 5).any() else made), None


class Numbers(Odd):
    """Leaves torch on the way."""

    def forward(self, tokens: Tensor) -> tuple[Tensor, None]:
        return self.model(torch.from_numpy(tokens.numpy()))[0], None


def odd(writer: Writer, kind: type[nn.Module]) -> Writer:
    return replace(writer, trained=replace(writer.trained, model=kind(writer.trained.model)))


def test_a_form_that_is_another_model_is_an_error(writer: Writer) -> None:
    with pytest.raises(CourseError, match=r"model\.pt2 differ from the model's by 1\b"):
        Exporter(odd(writer, Odd), 1e-4).torch()


def test_a_model_that_cannot_be_captured_is_an_error(writer: Writer) -> None:
    with pytest.raises(CourseError, match=r"cannot capture the model: .*look for NumPy"):
        Exporter(odd(writer, Numbers), 1e-4).torch()


@pytest.mark.parametrize(
    ("tolerance", "loss_tolerance", "words"),
    [(0.0, 1.0, "differ from the model's by"), (1e-4, 0.0, "As int8 the loss .* is allowed")],
)
def test_above_a_tolerance_no_file_is_left(
    exporter: Exporter,
    text: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tolerance: float,
    loss_tolerance: float,
    words: str,
) -> None:
    monkeypatch.setattr(exporter, "tolerance", tolerance)
    losses = iter([2.0, 2.1])
    monkeypatch.setattr(exporting, "loss_of", lambda *_: next(losses))
    with pytest.raises(CourseError, match=words):
        export_model(exporter, [*FILES], tmp_path / "out", loss_tolerance, text)
    assert not (tmp_path / "out").exists()


def test_without_the_packages_of_onnx_it_says_what_to_type(
    exporter: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(CourseError, match=r"package onnxruntime.*pip install onnx onnxruntime"):
        export_model(exporter, ["onnx"], tmp_path, 1.0, None)


@pytest.mark.parametrize("content", ["abc", "?" * 100], ids=["short", "unknown"])
def test_a_text_without_one_window_is_refused(writer: Writer, tmp_path: Path, content: str) -> None:
    (tmp_path / "text.txt").write_text(content)
    with pytest.raises(CourseError, match=f"expected {MAX_LEN + 1} or more"):
        held_out_windows(writer, tmp_path / "text.txt")


def test_the_run_s_own_held_out_text_is_the_default(writer: Writer, text: Path) -> None:
    training: Any = writer.trained.config.training.model_copy(update={"corpus": str(text)})
    config = writer.trained.config.model_copy(update={"training": training})
    own_text = replace(writer, trained=replace(writer.trained, config=config))
    windows = held_out_windows(own_text, None)
    held_out = "abcde? Xa\n" * 3
    assert windows.inputs[0].tolist() == writer.trained.tokenizer.encode(
        held_out.replace("?", "")[:MAX_LEN]
    )
