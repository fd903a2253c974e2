"""``course export-model``: a trained model in other forms, each compared with the model itself."""

from __future__ import annotations

from pathlib import Path

import click

from tools.lm.options import BEST, CHECKPOINT


@click.command("export-model")
@CHECKPOINT
@BEST
@click.option(
    "--format",
    "kinds",
    multiple=True,
    type=click.Choice(["torch", "onnx", "int8"]),
    default=("torch", "onnx", "int8"),
    show_default=True,
    help="May be given many times.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of the files.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=1e-4,
    show_default=True,
    metavar="X",
    help="By how much the logits of torch and onnx may differ.",
)
@click.option(
    "--loss-tolerance",
    type=click.FloatRange(min=0),
    default=0.05,
    show_default=True,
    metavar="X",
    help="By how much int8 may raise the loss, in nats per token.",
)
@click.option(
    "--text",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="To measure the loss on; if not given: what the run held out.",
)
def export_model(
    checkpoint: Path,
    best: bool,
    kinds: tuple[str, ...],
    out: Path,
    tolerance: float,
    loss_tolerance: float,
    text: Path | None,
) -> int:
    """Write your own model as a program of torch.export, as ONNX, and as ONNX with int8 matrices.

    Each is run on random tokens of several batches and lengths and compared with the model; int8 on
    held-out text, by its loss. Nothing is written unless all of them hold.

    Exit code 0: written. 2: it could not be done, or a form is not the same model.
    """
    from tools.lm.exporting import Exporter
    from tools.lm.exporting import export_model as export
    from tools.lm.writing import Writer

    exporter = Exporter(Writer.open(checkpoint, best), tolerance)
    return export(exporter, kinds, out, loss_tolerance, text)
