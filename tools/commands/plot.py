"""``course plot``: pictures of a trained model and of its training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tools.lm.options import model_options

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Command = TypeVar("Command", bound=Callable[..., Any])
_PROMPT = click.option("--prompt", required=True, metavar="TEXT", help="What the model reads.")


def _out(name: str) -> Callable[[Command], Command]:
    return click.option(
        "--out",
        type=click.Path(path_type=Path, dir_okay=False),
        default=name,
        show_default=True,
        metavar="FILE",
        help="The picture: .png, .svg or .pdf.",
    )


def _save(figure: Figure, out: Path) -> None:
    from tools.lm.plotting import save

    save(figure, out)
    click.echo(f"{out}")


@click.group()
def plot() -> None:
    """Draw a picture of your own model, or of its training.

    Exit code 0: drawn. 2: it could not be done.
    """


@plot.command()
@model_options
@_PROMPT
@click.option("--layer", type=int, default=-1, help="From 0; -1, if not given: the last.")
@click.option("--head", type=click.IntRange(min=0), help="From 0; if not given: all.")
@_out("attention.png")
def attention(
    checkpoint: Path,
    best: bool,
    device: str,
    prompt: str,
    layer: int,
    head: int | None,
    out: Path,
) -> None:
    """Who looks at whom: the attention weights of each head on a prompt."""
    from tools.lm.plotting import attention as draw
    from tools.lm.writing import Writer

    _save(draw(Writer.open(checkpoint, best, device), prompt, layer, head), out)


@plot.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "--smoothing",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.9,
    show_default=True,
    metavar="S",
    help="Of the training loss; 0: none.",
)
@_out("curves.png")
def curves(run: Path, smoothing: float, out: Path) -> None:
    """Loss, learning rate and gradient norm of RUN, the folder of a run or its log."""
    from tools.lm.package import own_package
    from tools.lm.plotting import curves as draw

    _save(draw(own_package(), run, smoothing), out)


@plot.command()
@model_options
@_out("embeddings.png")
def embeddings(checkpoint: Path, best: bool, device: str, out: Path) -> None:
    """The token embeddings, along the two directions in which they differ most."""
    from tools.lm.plotting import embeddings as draw
    from tools.lm.writing import Writer

    _save(draw(Writer.open(checkpoint, best, device)), out)


@plot.command()
@model_options
@_PROMPT
@click.option(
    "--at",
    "temperatures",
    multiple=True,
    type=click.FloatRange(min=0, min_open=True),
    default=(0.5, 1.0, 1.5),
    show_default=True,
    metavar="T",
    help="A temperature; up to seven.",
)
@_out("temperature.png")
def temperature(
    checkpoint: Path,
    best: bool,
    device: str,
    prompt: str,
    temperatures: tuple[float, ...],
    out: Path,
) -> None:
    """What the temperature does to the next token after a prompt."""
    from tools.lm.plotting import temperature as draw
    from tools.lm.writing import Writer

    _save(draw(Writer.open(checkpoint, best, device), prompt, temperatures), out)


@plot.command()
@model_options
@_PROMPT
@_out("gradients.png")
def gradients(checkpoint: Path, best: bool, device: str, prompt: str, out: Path) -> None:
    """How large the gradient of each parameter is, from input to output, on a text."""
    from tools.lm.plotting import gradients as draw
    from tools.lm.writing import Writer

    _save(draw(Writer.open(checkpoint, best, device), prompt), out)
