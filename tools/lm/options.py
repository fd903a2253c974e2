"""Options that several commands share: which model, and how it writes. Imports click only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class _Checkpoint(click.Option):
    """An option that says, where it is missing, which models there are or how one is made."""

    def get_error_hint(self, ctx: click.Context | None, *more: Any) -> str:
        from .runs import RUNS, runs_there

        return f"'--checkpoint PATH', a checkpoint or the folder of a run. {runs_there(Path(RUNS))}"


CHECKPOINT = click.option(
    "--checkpoint",
    cls=_Checkpoint,
    required=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A checkpoint, or the folder of a run such as runs/tiny: its last one.",
)
BEST = click.option("--best", is_flag=True, help="Of a run, the one with the least held-out loss.")
_MODEL = (
    CHECKPOINT,
    BEST,
    click.option(
        "--device",
        default="cpu",
        show_default=True,
        metavar="NAME",
        help="Where to compute: cpu, cuda, mps, or auto for the fastest there is.",
    ),
)
_SAMPLING = (
    click.option("--max-new-tokens", type=click.IntRange(min=0), metavar="N", help="How many."),
    click.option(
        "--temperature",
        type=click.FloatRange(min=0, min_open=True),
        metavar="T",
        help="Below 1: closer to what is likely. Above 1: more even.",
    ),
    click.option(
        "--top-k", type=click.IntRange(min=1), metavar="K", help="Only the K likeliest tokens."
    ),
    click.option(
        "--top-p",
        type=click.FloatRange(min=0, max=1, min_open=True),
        metavar="P",
        help="Only the likeliest tokens that together reach P.",
    ),
    click.option("--greedy/--sample", default=None, help="Take the likeliest token, or draw."),
    click.option("--eos", metavar="CHARACTER", help="The character that ends a text."),
    click.option(
        "--seed",
        type=click.IntRange(0, 2**32 - 1),
        metavar="N",
        help="Of the draws: the same seed gives the same text.",
    ),
)


def model_options(command: Command) -> Command:
    """Adds ``--checkpoint``, ``--best`` and ``--device``."""
    for option in reversed(_MODEL):
        command = option(command)
    return command


def sampling_options(command: Command) -> Command:
    """Adds an option for each field of ``SamplingConfig``; None where it was not given."""
    for option in reversed(_SAMPLING):
        command = option(command)
    return command
