"""``course generate``: write texts with a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

import click

from tools.lm.options import model_options, sampling_options


@click.command()
@model_options
@click.option("--prompt", "texts", multiple=True, metavar="TEXT", help="May be given many times.")
@click.option(
    "--prompts",
    "file",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="One prompt on each line.",
)
@sampling_options
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    metavar="N",
    help="Texts for each prompt: 1, or 8 with --compare.",
)
@click.option(
    "--batch",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    metavar="N",
    help="Texts to write at a time.",
)
@click.option(
    "--compare", is_flag=True, help="Write by several strategies, and measure how varied each is."
)
@click.option("--json", "json_file", metavar="FILE", help="Write all of it as JSON.")
def generate(
    checkpoint: Path,
    best: bool,
    device: str,
    texts: tuple[str, ...],
    file: TextIO | None,
    samples: int | None,
    batch: int,
    compare: bool,
    json_file: str | None,
    **options: Any,
) -> int:
    """Continue one prompt or many with your own model and sampling.

    What is not given is as the run's config says (`sampling:`). A line end in a prompt is written
    \\n. The same seed, options and batch give the same texts. FILE may be -.

    Exit code 0: written. 2: it could not be done.
    """
    from tools.lm.generating import generate_texts, read_prompts

    prompts = read_prompts(texts, file)
    return generate_texts(
        checkpoint, best, device, prompts, samples, batch, compare, json_file, options
    )
