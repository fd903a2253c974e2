"""What ``course export-model`` does: write a model in other forms, each compared with the model itself.

Sources: ONNX, https://onnx.ai/onnx/; dynamic quantisation, weights as int8 and activations when they
come: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
"""

from __future__ import annotations

import io
import json
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from graders.errors import CourseError
from graders.files import explained, write_whole

from .held_out import Windows, held_out_windows, loss_of
from .writing import Writer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.export import ExportedProgram

GOOD = 0
FILES = {"torch": "model.pt2", "onnx": "model.onnx", "int8": "model.int8.onnx"}
FACTS = "checkpoint"  # the key under which an exported file holds config and vocabulary, as JSON
NEEDED = "pip install onnx onnxruntime onnxscript"
Model = Callable[["Tensor"], "Tensor"]  # int64[B, T] -> [B, T, V]


@dataclass(frozen=True)
class Exported:
    """A model in another form, compared with the model itself."""

    kind: str  # a key of FILES
    content: bytes
    difference: float  # the largest between its logits and those of the model
    loss: float | None = None  # on held-out text, nats per token; where that was measured
    before: tuple[int, float] | None = None  # of int8: bytes and loss of the same without


@dataclass
class Exporter:
    """Makes the forms of one model; the captured program is made once."""

    writer: Writer
    tolerance: float
    _program: ExportedProgram | None = field(default=None, init=False)
    _onnx: bytes | None = field(default=None, init=False)

    @property
    def model(self) -> Model:
        """The model itself, its logits."""
        module = self.writer.trained.model
        return lambda tokens: module(tokens)[0]

    @property
    def facts(self) -> str:
        """What goes into every file, so that it can be used alone."""
        facts = self.writer.trained.facts
        kept = {"config": facts.config, "characters": facts.characters, "step": facts.step}
        return json.dumps(kept)

    def torch(self) -> Exported:
        """A program of ``torch.export``, for ``torch.export.load``.

        Raises:
            CourseError: the model cannot be captured, or its logits differ by more than the
                tolerance.
        """
        import torch

        file = io.BytesIO()
        with _quiet():
            torch.export.save(self._captured(), file, extra_files={FACTS: self.facts})
            again = torch.export.load(io.BytesIO(file.getvalue())).module()
        return self._compared("torch", file.getvalue(), again)

    def onnx(self) -> Exported:
        """A file for ONNX Runtime and others: ``tokens`` in, ``logits`` out. CourseError as ``torch``."""
        return self._compared("onnx", self.as_onnx(), _running(self.as_onnx()))

    def int8(self, windows: Windows, most: float) -> Exported:
        """The ONNX file with matrices of 8-bit integers.

        Args:
            windows: what to measure the loss on.
            most: by how much the loss may rise, nats per token.

        Raises:
            CourseError: as ``torch``, or the loss rises by more.
        """
        before = loss_of(_running(self.as_onnx()), windows)
        content = _quantised(self.as_onnx())
        running = _running(content)
        after = loss_of(running, windows)
        if not after - before <= most:
            raise CourseError(
                f"As int8 the loss on held-out text is {after:.4f}, {after - before:.4f} above the "
                f"{before:.4f} before, and at most {most:g} is allowed. Nothing was written. Allow "
                "more with --loss-tolerance, or leave int8 out."
            )
        size = len(self.as_onnx())
        return Exported("int8", content, self._difference(running), after, (size, before))

    def _captured(self) -> ExportedProgram:
        from .tracing import NotCaptured, capture

        if self._program is None:
            with self.writer.own.code(), _quiet():
                try:
                    self._program = capture(self.writer.trained, self.writer.device)
                except NotCaptured as error:
                    raise CourseError(
                        f"torch.export cannot capture the model: {error}. What a forward does may hang "
                        "on the shape of its tokens, not on their values: look for NumPy, `.tolist()` "
                        "and `.item()` in yours."
                    ) from error
        return self._program

    def as_onnx(self) -> bytes:
        """The bytes of the ONNX file, made once. CourseError where the model cannot be captured."""
        import onnx
        import torch

        if self._onnx is None:
            captured = self._captured()
            with _quiet():
                program = torch.onnx.export(
                    captured,
                    (torch.zeros(2, 2, dtype=torch.int64),),
                    dynamo=True,
                    verbose=False,
                    input_names=["tokens"],
                    output_names=["logits"],
                )
            assert program is not None
            made = program.model_proto
            made.metadata_props.append(onnx.StringStringEntryProto(key=FACTS, value=self.facts))
            self._onnx = made.SerializeToString()
        return self._onnx

    def _compared(self, kind: str, content: bytes, made: Model) -> Exported:
        difference = self._difference(made)
        if not difference <= self.tolerance:
            raise CourseError(
                f"The logits of {FILES[kind]} differ from the model's by {difference:.3g}, and at most "
                f"{self.tolerance:g} is allowed: it is not the same model. Nothing was written. Does "
                "your forward follow the values of tokens, or keep something from call to call?"
            )
        return Exported(kind, content, difference)

    def _difference(self, made: Model) -> float:
        """The largest difference of logits, on random tokens of several batches and lengths."""
        import torch

        trained, largest = self.writer.trained, torch.zeros(())
        chance = torch.Generator().manual_seed(0)
        longest = trained.config.model.max_len
        for batch, length in ((1, 1), (1, longest), (3, min(17, longest)), (5, (longest + 1) // 2)):
            size = trained.tokenizer.vocab_size
            tokens = torch.randint(size, (batch, length), generator=chance)  # (B, T)
            with torch.no_grad(), self.writer.own.code():
                wanted = self.model(tokens.to(self.writer.device)).cpu()  # (B, T, V)
            with torch.inference_mode():
                found = made(tokens.to(self.writer.device)).cpu()  # (B, T, V)
            if found.shape != wanted.shape:
                return float("inf")
            largest = torch.maximum(largest, (found - wanted).abs().max())
        return float(largest)


def export_model(
    exporter: Exporter,
    kinds: Sequence[str],
    out: Path,
    loss_tolerance: float,
    text: Path | None,
) -> int:
    """Make these forms of a model, show and write them; all of them or none. Returns the exit code.

    Args:
        kinds: keys of FILES.
        out: the folder to write to; it is made.
        loss_tolerance: by how much int8 may raise the loss, nats per token.
        text: to measure that on; None is what the run held out.

    Raises:
        CourseError: a form is not the same model, or cannot be made or written.
    """
    made: list[Exported] = []
    if {"onnx", "int8"} & {*kinds}:
        _require_onnx()
    if "torch" in kinds:
        made.append(exporter.torch())
    if "onnx" in kinds:
        made.append(exporter.onnx())
    if "int8" in kinds:
        made.append(exporter.int8(held_out_windows(exporter.writer, text), loss_tolerance))
    with explained(out):
        out.mkdir(parents=True, exist_ok=True)
    for exported in made:
        write_whole(out / FILES[exported.kind], exported.content)
    _show(out, made, Console())
    return GOOD


def _show(out: Path, made: Sequence[Exported], console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file", overflow="fold")
    for name in ("bytes", "largest difference of logits"):
        table.add_column(name, justify="right")
    for exported in made:
        path = str(out / FILES[exported.kind])
        table.add_row(path, f"{len(exported.content):,}", f"{exported.difference:.2g}")
    console.print(table)
    for exported in made:
        if exported.before:
            size, loss = exported.before
            console.print(
                f"int8: {len(exported.content) / size:.2f} of the size ({size:,} bytes before); "
                f"held-out loss {loss:.4f} before, {exported.loss:.4f} after",
                soft_wrap=True,
                highlight=False,
            )


def _require_onnx() -> None:
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise CourseError(
            f"ONNX needs the package {error.name}, which is not there. Type: {NEEDED}. Or leave it "
            "out: --format torch"
        ) from None


def _running(content: bytes) -> Model:
    """An ONNX file, run by ONNX Runtime."""
    import onnxruntime
    import torch

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

    def run(tokens: Tensor) -> Tensor:
        [logits] = session.run(None, {"tokens": tokens.numpy()})
        return torch.from_numpy(logits)

    return run


def _quantised(content: bytes) -> bytes:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "before.onnx", Path(folder) / "after.onnx"
        before.write_bytes(content)
        with _quiet():
            quantize_dynamic(before, after, weight_type=QuantType.QInt8)
        return after.read_bytes()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the libraries say to their own authors."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
